"""The plan from the record and back into it: the snapshot that is planned, the run as a job, and its adoption."""
