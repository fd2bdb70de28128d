// Several tests measure times of a few hundred milliseconds, and encodes take every processor: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
