/** The incidents, with the cures that their authors proposed, as `--compare` takes them. */
export const INCIDENTS = {
  'claim-race':
    'begin-immediate,busy-timeout,fewer-workers(2),single-writer-queue,atomic-claim,begin-immediate+atomic-claim,single-writer-queue+atomic-claim,begin-immediate+atomic-claim+work-outside-transaction',
  'batch-herd':
    'retry-pipeline,synchronous-normal,cache-and-mmap,batch(25),connection-cap,single-writer-queue,begin-immediate,work-outside-transaction,begin-immediate+work-outside-transaction',
  'scraper-fan-in':
    'wal,busy-timeout,connection-reuse,retry-scraper,wal+busy-timeout+connection-reuse+retry-scraper',
  'mixed-journal':
    'wal,busy-timeout,work-outside-transaction,wal+busy-timeout+synchronous-normal,wal+busy-timeout+scheduled-checkpoint,wal+busy-timeout+work-outside-transaction,wal+busy-timeout+work-outside-transaction+begin-immediate',
  'long-scan':
    'retry-library,session-per-job,synchronous-normal,cache-and-mmap,commit-per-chunk,commit-per-chunk+session-per-job+retry-library,commit-per-chunk+session-per-job+work-outside-transaction',
};
