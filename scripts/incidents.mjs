/** The incidents, with the cures that their authors proposed, as `--compare` takes them. */
export const INCIDENTS = {
  'claim-race':
    'begin-immediate,busy-timeout,fewer-workers(2),single-writer-queue,atomic-claim,begin-immediate+atomic-claim',
  'batch-herd':
    'retry-pipeline,cache-and-mmap,batch(25),connection-cap,single-writer-queue,work-outside-transaction',
  'scraper-fan-in':
    'wal,busy-timeout,connection-reuse,retry-scraper,wal+busy-timeout+connection-reuse+retry-scraper',
  'long-scan': 'retry-library,commit-per-chunk,cache-and-mmap',
};
