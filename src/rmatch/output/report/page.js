"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const PAGE = 100;
  const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[\s\u00a0]+/g, " ").trim().toLowerCase();
  const marked = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  /* Quotes are escaped in the page as it was written, and are not in the rows that the browser gives back. */
  const unquoted = (html) => html.replace(/&#34;/g, '"').replace(/&#39;/g, "'");
  const bare = (html) => html.replace(/&nbsp;/g, " ").replace(/<[^>]*>/g, " ");
  const tools = $(".tools"), find = $("#find"), said = $("#said");
  if (!tools) return;
  tools.hidden = false;
  const counted = (some, all) => `${some === all ? "" : `${some.toLocaleString("en")} of `}${all.toLocaleString("en")} pair${all === 1 ? "" : "s"}`;

  const table = $(".pairs");
  if (!table) {
    const cards = [...document.querySelectorAll("article")].map((card) => ({ card, words: plain(card.textContent) }));
    find.oninput = () => {
      const needle = plain(find.value);
      for (const { card, words } of cards) card.hidden = !words.includes(needle);
      said.textContent = counted(cards.filter(({ card }) => !card.hidden).length, cards.length);
    };
    find.oninput();
    return;
  }

  /* The rows as pieces of HTML: those in the page, then those that noscript keeps as text. */
  const pieces = (html) => html.split("<tbody>").slice(1);
  const rows = [table.innerHTML, ...[...document.querySelectorAll("#pairs noscript")].map((part) => part.textContent)]
    .flatMap(pieces)
    .map((html) => {
      const line = unquoted(html.split("<tr>")[1]);
      return {
        html, line, words: null, cells: null,
        departments: [...line.matchAll(/<p>([^<]*)/g)].map((found) => found[1].trim()),
        score: Number(/<td class="?w\d+"?>([\d.]+)/.exec(line)[1]),
      };
    });
  const cells = (row) => (row.cells ??= row.line.split(/<t[hd][^>]*>/).slice(1).map((cell) => bare(cell).trim()));
  const words = (row) => (row.words ??= plain(bare(row.line)));

  const least = $("#least"), department = $("#department"), pages = $(".pages"), place = $(".pages span");
  const back = $("#back"), on = $("#on");
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  let chosen = rows, first = 0, whole = false, numbered = 0;

  const show = () => {
    const some = whole ? chosen : chosen.slice(first, first + PAGE);
    for (const old of [...table.tBodies]) old.remove();
    table.append(...some.map(made));
    said.textContent = counted(chosen.length, rows.length);
    pages.hidden = whole || chosen.length <= PAGE;
    place.textContent = `${(first + 1).toLocaleString("en")}–${Math.min(first + PAGE, chosen.length).toLocaleString("en")} of ${chosen.length.toLocaleString("en")}`;
    back.disabled = first === 0;
    on.disabled = first + PAGE >= chosen.length;
  };
  const made = (row) => {
    if (row.body) return row.body;
    const body = (row.body = document.createElement("tbody"));
    body.innerHTML = row.html;
    const [line, why] = body.rows;
    if (!why) return body;
    const name = line.querySelector("b"), button = document.createElement("button");
    body.className = "live";
    button.className = "open";
    button.textContent = name.textContent;
    why.id = `why-${++numbered}`;
    button.setAttribute("aria-controls", why.id);
    for (const link of why.querySelectorAll("a")) link.href = `mailto:${link.textContent.split(", ").map(encodeURIComponent)}`;
    const turn = (open) => {
      why.hidden = !open;
      button.setAttribute("aria-expanded", open);
    };
    turn(false);
    name.replaceWith(button);
    line.onclick = (event) => {
      if (event.target === button || !String(getSelection())) turn(why.hidden);
    };
    return body;
  };
  const choose = () => {
    const needle = marked(plain(find.value)), from = Number(least.value) || 0, unit = department ? marked(department.value.trim()) : "";
    chosen = rows.filter((row) => row.score >= from && (!unit || row.departments.includes(unit)) && (!needle || words(row).includes(needle)));
    first = 0;
    show();
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const now = head.getAttribute("aria-sort"), down = now ? now === "ascending" : column === 2;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      rows.sort((a, b) => sign * order.compare(cells(a)[column], cells(b)[column]));
      choose();
    };
  });
  heads[2].setAttribute("aria-sort", "descending");

  find.oninput = least.oninput = choose;
  if (department) department.onchange = choose;
  const turn = (step) => () => {
    first += step;
    show();
    table.scrollIntoView({ block: "start" });
  };
  back.onclick = turn(-PAGE);
  on.onclick = turn(PAGE);
  addEventListener("beforeprint", () => { whole = true; show(); });
  addEventListener("afterprint", () => { whole = false; show(); });
  const rest = $(".rest");
  if (rest) rest.remove();
  show();
})();
