"""Word lists behind the skills: families of real skill names, and the words that make compounds of them."""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """Skills that go together, commonest first, and how large the family is where it is offered and where wanted."""

    name: str
    supply: int
    demand: int
    skills: tuple[str, ...]


FAMILIES: tuple[Family, ...] = (
    Family("ai", 4, 6, (
        "Prompt writing", "ChatGPT", "Microsoft Copilot", "AI meeting notes", "Image generation", "AI ethics",
        "Chatbots", "Large language models", "AI search", "Translation tools", "Machine learning", "AI for coding",
        "Speech recognition", "Recommendation engines",
    )),
    Family("data", 4, 5, (
        "Excel pivot tables", "Power BI", "SQL", "Python", "Data storytelling", "Tableau", "Statistics", "R",
        "Data cleaning", "Dashboards", "Survey analysis", "Forecast models", "Power Query", "Data governance",
    )),
    Family("social media", 3, 4, (
        "LinkedIn", "Instagram", "TikTok", "Short video", "Personal branding", "YouTube", "Podcasting",
        "Community management", "Influencer marketing", "Social listening", "Live streaming",
    )),
    Family("collaboration", 3, 3, (
        "Microsoft Teams", "SharePoint", "Notion", "Slack", "Miro", "Hybrid meetings", "Trello", "Jira",
        "Asynchronous work", "Google Workspace", "Confluence",
    )),
    Family("software", 3, 1, (
        "Git", "JavaScript", "Java", "C#", "C++", "TypeScript", "React", "REST APIs", "Code review", "Go", "Rust",
    )),
    Family("cloud", 2, 2, (
        "Azure", "AWS", "Docker", "Kubernetes", "Google Cloud", "Terraform", "Serverless", "Linux", "CI/CD",
    )),
    Family("design", 2, 2, (
        "User research", "Figma", "Accessibility", "Canva", "Prototyping", "Service design", "Photoshop",
        "Design systems",
    )),
    Family("security", 2, 3, (
        "Password managers", "Phishing awareness", "Data privacy", "Multi-factor authentication", "Zero trust",
        "Threat modelling", "Penetration testing", "Secure remote work",
    )),
    Family("automation", 2, 2, (
        "Power Automate", "Excel macros", "Low-code apps", "Robotic process automation", "Zapier", "Power Apps",
        "Apps Script", "Workflow design",
    )),
    Family("digital marketing", 2, 2, (
        "SEO", "Google Analytics", "Email campaigns", "A/B testing", "Content marketing", "Marketing automation",
        "Landing pages", "Online advertising",
    )),
    Family("agile", 2, 2, (
        "Scrum", "Kanban", "User stories", "OKRs", "Retrospectives", "Product discovery", "Design sprints",
        "Rapid experiments",
    )),
    Family("inclusion", 2, 4, (
        "Inclusive language", "Generational expectations", "Neurodiversity", "Mental health at work", "Allyship",
        "Gender equality", "Cultural awareness", "Accessible meetings",
    )),
    Family("sustainability", 1, 2, (
        "Carbon footprint", "ESG reporting", "Circular economy", "Sustainable travel", "Climate risk",
    )),
    Family("emerging technology", 1, 2, (
        "Virtual reality", "Internet of things", "Blockchain", "Digital twins", "3D printing", "Quantum computing",
    )),
    Family("mobile", 1, 1, (
        "Mobile apps", "Smartphone productivity", "Mobile payments", "Messaging apps", "Wearables",
    )),
    Family("leadership", 3, 3, (
        "People management", "Coaching", "Giving feedback", "Delegation", "Change management", "Hiring",
        "Leading remote teams", "Succession planning", "Motivation", "Performance reviews",
    )),
    Family("communication", 2, 3, (
        "Public speaking", "Executive presence", "Business writing", "Networking", "Crisis communication",
        "Media training", "Facilitation",
    )),
    Family("strategy", 2, 2, (
        "Stakeholder management", "Strategic planning", "Decision making", "Board papers", "Risk management",
        "Market analysis", "Scenario planning",
    )),
    Family("finance", 2, 2, (
        "Budget planning", "Business cases", "Financial reporting", "Cost control", "Investment appraisal",
        "Mergers and acquisitions", "Annual accounts",
    )),
    Family("sales", 2, 1, (
        "Negotiation", "Client relationships", "Key accounts", "Pricing", "Contract terms", "Bid writing",
        "Sales planning",
    )),
    Family("operations", 2, 1, (
        "Project management", "Supply chain", "Lean management", "Procurement", "Quality management", "Six Sigma",
        "Site planning",
    )),
    Family("career", 1, 3, (
        "Career planning", "Organisational politics", "Conflict resolution", "International assignments",
        "Work-life balance",
    )),
    Family("governance", 1, 1, (
        "Compliance", "Employment law", "Corporate governance", "Internal audit", "Health and safety",
    )),
)  # fmt: skip

TAUGHT_BY_JUNIORS = 15
"""Families before this one are what juniors teach, those from it on what seniors teach."""

FAMILY: dict[str, int] = {family.name: place for place, family in enumerate(FAMILIES)}

ASPECTS: tuple[str, ...] = (
    "basics", "workflows", "templates", "training", "troubleshooting", "integration", "metrics", "support",
    "documentation", "administration", "migration", "standards", "roadmaps", "case studies", "checklists",
    "benchmarks", "maintenance", "procedures", "regulations", "tutorials", "vendors", "optimisation",
    "trials", "archives",
)  # fmt: skip

CONTEXTS: tuple[str, ...] = (
    "", " for retail", " for banking", " for insurance", " for healthcare", " for manufacturing", " for logistics",
    " for energy", " for education", " for the public sector", " for telecoms", " for pharmaceuticals",
    " for hospitality", " for construction", " for agriculture", " for charities", " for media", " for aviation",
    " for automotive", " for consulting",
)  # fmt: skip
