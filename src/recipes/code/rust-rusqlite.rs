//! SQLite for several processes and threads at once, with rusqlite.
//!
//! ```ignore
//! let stats = LockStats::default();
//! let mut conn = open("app.db", BUSY_TIMEOUT)?; // one a thread, kept open
//! let job = write(&mut conn, &stats, |tx| claim_next_job(tx))?; // BEGIN IMMEDIATE, ..., COMMIT
//!
//! let writer = Writer::start("app.db", 10)?; // one thread writes for all others
//! writer.submit(move |tx| add_line(tx, &line)).recv()??; // committed, or the error
//! drop(writer); // writes what was submitted, and closes
//! ```
//!
//! Printed by `dblock recipe rust-rusqlite`; for rusqlite 0.28 and newer.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Longer than the longest write transaction of any process: who waits that long gets the lock.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a transaction is tried in all. The second try comes after up to 0.5 s, the third 1 s.
pub const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Counters for a health endpoint: attempts = successes + failures + retries.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// BEGIN IMMEDIATE was tried,
    pub lock_attempts: u64,
    /// and no lock error came, up to the end of the transaction;
    pub lock_successes: u64,
    /// a lock error came, and the caller got it;
    pub lock_failures: u64,
    /// a lock error came, and the transaction was tried again.
    pub lock_retries: u64,
    /// From asking for the lock to having it, or to giving up.
    pub total_wait_ms: f64,
    pub max_wait_ms: f64,
}

/// Clones count together.
#[derive(Clone)]
pub struct LockStats {
    counts: Arc<Mutex<Counts>>,
    /// Told of each lock error after which a transaction is tried again.
    on_retry: fn(&str),
}

impl Default for LockStats {
    fn default() -> Self {
        LockStats::new(|text| eprintln!("{text}"))
    }
}

impl LockStats {
    pub fn new(on_retry: fn(&str)) -> Self {
        LockStats { counts: Arc::default(), on_retry }
    }

    pub fn snapshot(&self) -> Counts {
        self.counts.lock().unwrap().clone()
    }

    fn count(&self, which: fn(&mut Counts) -> &mut u64, wait: Duration) {
        let mut counts = self.counts.lock().unwrap();
        *which(&mut counts) += 1;
        let ms = wait.as_secs_f64() * 1000.0;
        counts.total_wait_ms += ms;
        counts.max_wait_ms = counts.max_wait_ms.max(ms);
    }
}

/// Opens a connection; it is closed when it is dropped.
pub fn open(path: impl AsRef<Path>, busy_timeout: Duration) -> Result<Connection, BoxError> {
    let conn = Connection::open(path)?;
    // First of all, since the pragmas may have to wait already.
    conn.busy_timeout(busy_timeout)?;
    use_wal(&conn, busy_timeout)?;
    // No fsync for each commit, so the write lock is free again sooner. In WAL mode a power failure
    // can take the last commits with it, but cannot damage the database.
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    // SQLite leaves them off, unless it is built otherwise.
    conn.pragma_update(None, "foreign_keys", "ON")?;
    Ok(conn)
}

/// In WAL mode readers and the writer do not wait for each other. The mode is kept in the file; only
/// the change from another one fails when somebody writes just then, and at once: SQLite does not ask
/// the busy timeout there.
fn use_wal(conn: &Connection, busy_timeout: Duration) -> Result<(), BoxError> {
    let deadline = Instant::now() + busy_timeout;
    loop {
        match conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(format!("journal_mode is {mode}: no WAL in memory").into()),
            Err(error) if !is_busy(&error) || Instant::now() >= deadline => return Err(error.into()),
            Err(_) => sleep(Duration::from_millis(10) + random_up_to(Duration::from_millis(90))),
        }
    }
}

/// Runs `work` in a write transaction, all of it again after a lock error, and returns what it
/// returns. It may run several times: let it do nothing but SQL on `tx`, no HTTP and no waiting.
pub fn write<T>(
    conn: &mut Connection,
    stats: &LockStats,
    mut work: impl FnMut(&Transaction<'_>) -> Result<T, BoxError>,
) -> Result<T, BoxError> {
    let asked_at = Instant::now();
    let mut attempt = 1;
    loop {
        stats.count(|counts| &mut counts.lock_attempts, Duration::ZERO);
        let (wait, result) = try_once(conn, asked_at, &mut work);
        let error = match result {
            Err(error) if is_lock_error(&error) => error,
            other => {
                stats.count(|counts| &mut counts.lock_successes, wait);
                return other;
            }
        };
        if attempt == TRIES {
            stats.count(|counts| &mut counts.lock_failures, asked_at.elapsed());
            return Err(error);
        }
        // The statement alone cannot be tried again: its snapshot would be as old as before.
        stats.count(|counts| &mut counts.lock_retries, Duration::ZERO);
        attempt += 1;
        let pause = pause_before_try(attempt);
        (stats.on_retry)(&format!("{error}: try {attempt} of {TRIES} follows in {pause:?}"));
        sleep(pause);
    }
}

fn try_once<T>(
    conn: &mut Connection,
    asked_at: Instant,
    work: &mut impl FnMut(&Transaction<'_>) -> Result<T, BoxError>,
) -> (Duration, Result<T, BoxError>) {
    // The write lock first: for this one SQLite waits. A transaction that begins with a SELECT, as the
    // default behaviour does, gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at once when it comes to write.
    let tx = match conn.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(error) => return (Duration::ZERO, Err(error.into())),
    };
    let wait = asked_at.elapsed();
    // A transaction that is dropped without a commit is rolled back, after a panic too.
    let result = work(&tx).and_then(|value| Ok(tx.commit().map(|()| value)?));
    (wait, result)
}

/// Random, so that those who failed together do not come back together.
fn pause_before_try(attempt: u32) -> Duration {
    random_up_to(LONGEST_PAUSE.min(FIRST_PAUSE * 2u32.pow(attempt - 2)))
}

fn random_up_to(limit: Duration) -> Duration {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    limit.mul_f64(bits as f64 / (1u64 << 53) as f64)
}

/// By the extended code: SQLITE_BUSY, _BUSY_RECOVERY, _BUSY_SNAPSHOT and _BUSY_TIMEOUT. Not
/// SQLITE_LOCKED (6): that is a conflict inside this process, which waiting does not end.
pub fn is_lock_error(error: &BoxError) -> bool {
    error.downcast_ref::<rusqlite::Error>().map_or(false, is_busy)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.extended_code, 5 | 261 | 517 | 773)
        }
        _ => false,
    }
}

type Work = Box<dyn FnMut(&Transaction<'_>) -> Result<(), BoxError> + Send>;
type Outcome = Result<(), BoxError>;

struct Job {
    work: Work,
    done: Sender<Outcome>,
}

/// One thread that writes for all others of this process: they queue here, not at the lock. With batch
/// 1 each job is a transaction. With a larger batch, jobs that are waiting anyway share one, up to so
/// many; a job that fails is undone alone.
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    pub stats: LockStats,
}

impl Writer {
    pub fn start(path: impl Into<PathBuf>, batch: usize) -> Result<Writer, BoxError> {
        let mut conn = open(path.into(), BUSY_TIMEOUT)?;
        let (jobs, queue) = channel::<Job>();
        let stats = LockStats::default();
        let own_stats = stats.clone();
        let thread = spawn(move || run(&mut conn, &own_stats, &queue, batch));
        Ok(Writer { jobs: Some(jobs), thread: Some(thread), stats })
    }

    /// The receiver gets `Ok` when it is committed, or the error.
    pub fn submit<F>(&self, work: F) -> Receiver<Outcome>
    where
        F: FnMut(&Transaction<'_>) -> Result<(), BoxError> + Send + 'static,
    {
        let (done, outcome) = channel();
        if let Some(jobs) = &self.jobs {
            // If the thread has panicked, the receiver says so: its sender is gone.
            let _ = jobs.send(Job { work: Box::new(work), done });
        }
        outcome
    }
}

impl Drop for Writer {
    /// Writes what was submitted, then closes the connection.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(conn: &mut Connection, stats: &LockStats, queue: &Receiver<Job>, batch: usize) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(batch - 1));
        write_jobs(conn, stats, &mut jobs);
        if batch > 1 && jobs.len() == batch {
            // SQLite's lock has no queue: who takes it again at once keeps it from those that sleep
            // before their next try.
            sleep(Duration::from_millis(10));
        }
    }
}

fn write_jobs(conn: &mut Connection, stats: &LockStats, jobs: &mut [Job]) {
    let outcomes = write(conn, stats, |tx| {
        jobs.iter_mut().map(|job| run_job(tx, &mut job.work)).collect::<Result<Vec<_>, _>>()
    });
    match outcomes {
        // Only now: what is not committed is not done.
        Ok(outcomes) => jobs.iter().zip(outcomes).for_each(|(job, outcome)| {
            let _ = job.done.send(outcome);
        }),
        Err(error) => jobs.iter().for_each(|job| {
            let _ = job.done.send(Err(error.to_string().into()));
        }),
    }
}

/// The job's own outcome; or the error that ends all of the batch.
fn run_job(tx: &Transaction<'_>, work: &mut Work) -> Result<Outcome, BoxError> {
    tx.execute_batch("SAVEPOINT job")?;
    let outcome = work(tx);
    if let Err(error) = outcome {
        // After a lock error all jobs must be tried again; without a transaction SQLite has undone
        // them all, as when the disk is full.
        if is_lock_error(&error) || tx.is_autocommit() {
            return Err(error);
        }
        tx.execute_batch("ROLLBACK TO job; RELEASE job")?;
        return Ok(Err(error));
    }
    tx.execute_batch("RELEASE job")?;
    Ok(outcome)
}
