"""Match on a Dask cluster: the work is spread over its workers, and the answer is the same to the byte.

Here the cluster is two worker processes on this machine; `Client("scheduler:8786")` would be a real one.
Run it: python examples/dask_cluster.py
"""

import rmatch


def main() -> None:
    """Match once here and once on the cluster, and compare the plans."""
    from dask.distributed import Client, LocalCluster

    frame = rmatch.datasets.workforce(n_mentors=6000, n_mentees=6000, seed=3)
    roster = rmatch.from_frame(frame)
    here = rmatch.match(roster)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        there = rmatch.match(roster, executor=client.get_executor())
    print(there.status.name, len(there.pairs), "pairs, gap", there.gap)
    print("the same to the byte:", here.to_json() == there.to_json())
    assert here.to_json() == there.to_json()


if __name__ == "__main__":
    main()
