/** The incidents: who proposed cures, and these, as `--compare` takes them. */
export const INCIDENTS = {
  'claim-race': {
    author: 'The podcast transcriber',
    cures:
      'begin-immediate,busy-timeout,fewer-workers(2),single-writer-queue,atomic-claim,begin-immediate+atomic-claim,single-writer-queue+atomic-claim,begin-immediate+atomic-claim+work-outside-transaction',
  },
  'batch-herd': {
    author: 'The topic pipeline',
    cures:
      'retry-pipeline,synchronous-normal,cache-and-mmap,batch(25),connection-cap,single-writer-queue,begin-immediate,work-outside-transaction,begin-immediate+work-outside-transaction',
  },
  'scraper-fan-in': {
    author: 'The scraper',
    cures: 'wal,busy-timeout,connection-reuse,retry-scraper,wal+busy-timeout+connection-reuse+retry-scraper',
  },
  'mixed-journal': {
    author: 'The assistant',
    cures:
      'wal,busy-timeout,work-outside-transaction,wal+busy-timeout+synchronous-normal,wal+busy-timeout+scheduled-checkpoint,wal+busy-timeout+work-outside-transaction,wal+busy-timeout+work-outside-transaction+begin-immediate',
  },
  'long-scan': {
    author: 'The music library',
    cures:
      'retry-library,session-per-job,synchronous-normal,cache-and-mmap,commit-per-chunk,commit-per-chunk+session-per-job+retry-library,commit-per-chunk+session-per-job+work-outside-transaction',
  },
};
