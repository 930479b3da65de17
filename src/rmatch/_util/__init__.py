"""What knows nothing of mentoring: arrays, threads, deadlines, files, notebooks."""
