// The codecs take every processor, and the leak check counts what is outstanding in the whole process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
