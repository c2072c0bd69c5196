"""The main job's frames on many processes and machines, by Dask distributed (the extra "cluster").

The client, `facepipe run`, holds the folder's lock, keeps its state and says what is to be done next; workers write
shards and frames into the folder, which they share. Tasks are those of `job.plan`; a worker does each as one process
would.
"""
