//! SQLite for several processes and tasks at once, with sqlx and Tokio.
//!
//! ```ignore
//! let db = Db::open("app.db", BUSY_TIMEOUT).await?; // one a process; db.close().await at its end
//! let rows = sqlx::query("SELECT ...").fetch_all(&db.read).await?; // takes no write lock
//!
//! // BEGIN IMMEDIATE, claim_next_job(conn), COMMIT
//! let job = db.write(|conn| Box::pin(claim_next_job(conn))).await?;
//!
//! let writer = Writer::start(db.clone(), 10); // one task writes for all others
//! writer.submit(move |conn| Box::pin(add_line(conn, line.clone()))).await?; // committed, or the error
//! writer.close().await;
//! ```
//!
//! Printed by `dblock recipe rust-sqlx`; for sqlx 0.8.4 and newer.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'c>>;

/// Longer than the longest write transaction of any process: who waits that long gets the lock.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a transaction is tried in all. The second try comes after up to 0.5 s, the third 1 s.
pub const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Counters for a health endpoint: attempts = successes + failures + retries.
#[derive(Clone, Debug, Default)]
pub struct LockStats {
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

#[derive(Clone)]
pub struct Db {
    /// For everything that only reads.
    pub read: SqlitePool,
    /// One connection: the tasks of this process queue for it, in order, and not for SQLite's lock,
    /// which knows no order.
    write: SqlitePool,
    stats: Arc<Mutex<LockStats>>,
}

impl Db {
    pub async fn open(path: impl AsRef<Path>, busy_timeout: Duration) -> Result<Db, BoxError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // sqlx sets it before it sends the pragmas, which may have to wait already.
            .busy_timeout(busy_timeout)
            // Readers and the writer do not wait for each other. The mode is kept in the file.
            .journal_mode(SqliteJournalMode::Wal)
            // No fsync for each commit, so the write lock is free again sooner. In WAL mode a power
            // failure can take the last commits with it, but cannot damage the database.
            .synchronous(SqliteSynchronous::Normal)
            // SQLite leaves them off; sqlx turns them on.
            .foreign_keys(true);
        let write = open_writer(&options, busy_timeout).await?;
        let read = SqlitePoolOptions::new()
            // When the last connection closes, SQLite checkpoints and deletes the WAL.
            .min_connections(1)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Db { read, write, stats: Arc::default() })
    }

    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    pub fn stats(&self) -> LockStats {
        self.stats.lock().unwrap().clone()
    }

    /// Runs `work` in a write transaction, all of it again after a lock error, and returns what it
    /// returns. It may run several times: let it await nothing but SQL on `conn`, no HTTP.
    ///
    /// It runs in a task of its own, to the end, even if the caller is dropped: begin_with is not safe
    /// against that between BEGIN and its check, and would give back a connection with the lock.
    pub async fn write<T, F>(&self, work: F) -> Result<T, BoxError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut SqliteConnection) -> Work<'c, T> + Send + Sync + 'static,
    {
        let db = self.clone();
        match tokio::spawn(async move { db.try_often(&work).await }).await {
            Ok(result) => result,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }

    async fn try_often<T, F>(&self, work: &F) -> Result<T, BoxError>
    where
        F: for<'c> Fn(&'c mut SqliteConnection) -> Work<'c, T> + Send + Sync,
    {
        let asked_at = Instant::now();
        let mut attempt = 1;
        loop {
            self.count(|stats| &mut stats.lock_attempts, Duration::ZERO);
            let (wait, result) = self.try_once(asked_at, work).await;
            let error = match result {
                Err(error) if is_lock_error(&error) => error,
                other => {
                    self.count(|stats| &mut stats.lock_successes, wait);
                    return other;
                }
            };
            if attempt == TRIES {
                self.count(|stats| &mut stats.lock_failures, asked_at.elapsed());
                return Err(error);
            }
            // The statement alone cannot be tried again: its snapshot would be as old as before.
            self.count(|stats| &mut stats.lock_retries, Duration::ZERO);
            attempt += 1;
            let pause = pause_before_try(attempt);
            // Or tracing::warn!, where that is used.
            eprintln!("{error}: try {attempt} of {TRIES} follows in {pause:?}");
            sleep(pause).await;
        }
    }

    async fn try_once<T, F>(&self, asked_at: Instant, work: &F) -> (Duration, Result<T, BoxError>)
    where
        F: for<'c> Fn(&'c mut SqliteConnection) -> Work<'c, T> + Send + Sync,
    {
        // The write lock first: for this one SQLite waits. A transaction that begins with a SELECT, as
        // after begin(), gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at once when it comes to write.
        let mut tx = match self.write.begin_with("BEGIN IMMEDIATE").await {
            Ok(tx) => tx,
            Err(error) => return (Duration::ZERO, Err(error.into())),
        };
        let wait = asked_at.elapsed();
        let result = match work(&mut *tx).await {
            Ok(value) => tx.commit().await.map(|()| value).map_err(BoxError::from),
            Err(error) => {
                // The error that led here says more than that of a rollback.
                let _ = tx.rollback().await;
                Err(error)
            }
        };
        (wait, result)
    }

    fn count(&self, which: fn(&mut LockStats) -> &mut u64, wait: Duration) {
        let mut stats = self.stats.lock().unwrap();
        *which(&mut stats) += 1;
        let ms = wait.as_secs_f64() * 1000.0;
        stats.total_wait_ms += ms;
        stats.max_wait_ms = stats.max_wait_ms.max(ms);
    }
}

/// The change to WAL mode fails when somebody writes just then, and at once: SQLite does not ask the
/// busy timeout there.
async fn open_writer(
    options: &SqliteConnectOptions,
    busy_timeout: Duration,
) -> Result<SqlitePool, BoxError> {
    let deadline = Instant::now() + busy_timeout;
    loop {
        let opened = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            // The queue for the connection is this process's own: it may be longer than the timeout.
            .acquire_timeout(busy_timeout * 12)
            .connect_with(options.clone())
            .await;
        match opened.map_err(BoxError::from) {
            Ok(pool) => return Ok(pool),
            Err(error) if !is_lock_error(&error) || Instant::now() >= deadline => return Err(error),
            Err(_) => sleep(Duration::from_millis(10) + random_up_to(Duration::from_millis(90))).await,
        }
    }
}

/// Random, so that those who failed together do not come back together.
fn pause_before_try(attempt: u32) -> Duration {
    random_up_to(LONGEST_PAUSE.min(FIRST_PAUSE * 2u32.pow(attempt - 2)))
}

fn random_up_to(limit: Duration) -> Duration {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    limit.mul_f64(bits as f64 / (1u64 << 53) as f64)
}

/// By the extended code, which sqlx gives as text: SQLITE_BUSY, _BUSY_RECOVERY, _BUSY_SNAPSHOT and
/// _BUSY_TIMEOUT. Not SQLITE_LOCKED (6): that is a conflict inside this process.
pub fn is_lock_error(error: &BoxError) -> bool {
    let Some(sqlx::Error::Database(failure)) = error.downcast_ref::<sqlx::Error>() else {
        return false;
    };
    matches!(failure.code().as_deref(), Some("5" | "261" | "517" | "773"))
}

type JobWork = Box<dyn for<'c> Fn(&'c mut SqliteConnection) -> Work<'c, ()> + Send + Sync>;
type Outcome = Result<(), BoxError>;

struct Job {
    work: JobWork,
    done: oneshot::Sender<Outcome>,
}

/// One task that writes for all others of this process. With batch 1 each job is a transaction. With a
/// larger batch, jobs that are waiting anyway share one, up to so many; a job that fails is undone
/// alone.
pub struct Writer {
    jobs: mpsc::UnboundedSender<Job>,
    task: JoinHandle<()>,
}

impl Writer {
    pub fn start(db: Db, batch: usize) -> Writer {
        let (jobs, queue) = mpsc::unbounded_channel();
        Writer { jobs, task: tokio::spawn(run(db, queue, batch)) }
    }

    /// Ends when it is committed, or with the error.
    pub async fn submit<F>(&self, work: F) -> Outcome
    where
        F: for<'c> Fn(&'c mut SqliteConnection) -> Work<'c, ()> + Send + Sync + 'static,
    {
        let (done, outcome) = oneshot::channel();
        self.jobs
            .send(Job { work: Box::new(work), done })
            .map_err(|_| BoxError::from("the writer is closed"))?;
        outcome.await?
    }

    /// Writes what was submitted, then ends the task. The database stays open.
    pub async fn close(self) {
        drop(self.jobs);
        let _ = self.task.await;
    }
}

async fn run(db: Db, mut queue: mpsc::UnboundedReceiver<Job>, batch: usize) {
    while let Some(first) = queue.recv().await {
        let mut jobs = vec![first];
        while jobs.len() < batch {
            match queue.try_recv() {
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        let full = jobs.len() == batch;
        write_jobs(&db, jobs).await;
        if batch > 1 && full {
            // SQLite's lock has no queue: who takes it again at once keeps it from those that sleep
            // before their next try.
            sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn write_jobs(db: &Db, jobs: Vec<Job>) {
    let (works, dones): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.work, job.done)).unzip();
    let works = Arc::new(works);
    let outcomes = db
        .write(move |conn| {
            let works = Arc::clone(&works);
            Box::pin(async move {
                let mut outcomes = Vec::new();
                for work in works.iter() {
                    outcomes.push(run_job(conn, work).await?);
                }
                Ok(outcomes)
            })
        })
        .await;
    match outcomes {
        // Only now: what is not committed is not done.
        Ok(outcomes) => dones.into_iter().zip(outcomes).for_each(|(done, outcome)| {
            let _ = done.send(outcome);
        }),
        Err(error) => dones.into_iter().for_each(|done| {
            let _ = done.send(Err(error.to_string().into()));
        }),
    }
}

/// The job's own outcome; or the error that ends all of the batch.
async fn run_job(conn: &mut SqliteConnection, work: &JobWork) -> Result<Outcome, BoxError> {
    sqlx::query("SAVEPOINT job").execute(&mut *conn).await?;
    let outcome = work(conn).await;
    if let Err(error) = &outcome {
        // After a lock error all jobs must be tried again.
        if is_lock_error(error) {
            return outcome.map(Ok);
        }
        // Fails if SQLite has undone them all by itself, as when the disk is full: that ends the batch.
        sqlx::query("ROLLBACK TO job").execute(&mut *conn).await?;
    }
    sqlx::query("RELEASE job").execute(&mut *conn).await?;
    Ok(outcome)
}
