//! Workers that share a table of jobs, with sqlx and Tokio: each job is claimed once.
//!
//! ```ignore
//! let db = Db::open("app.db", BUSY_TIMEOUT).await?; // one a process
//! loop {
//!     if !run_next(&db, &worker, work).await? { // work(job) runs outside of transactions
//!         sleep(Duration::from_secs(1)).await;
//!     }
//! }
//! ```
//!
//! The statements expect a table like this one; put the names of your own into them:
//!
//! ```sql
//! CREATE TABLE jobs(id INTEGER PRIMARY KEY, priority INTEGER NOT NULL DEFAULT 0,
//!                   state TEXT NOT NULL DEFAULT 'queued', worker TEXT);
//! CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued';
//! ```
//!
//! Printed by `dblock recipe rust-sqlx --part jobs`; db.rs is what it prints without --part.

use std::future::Future;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;

use crate::db::{is_lock_error, BoxError, Db, Work};

/// One statement: nobody can come between the choice of a job and its claim.
const CLAIM: &str = "
    UPDATE jobs SET state = 'running', worker = ?
    WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1)
    RETURNING id";

/// Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead, may
/// have given the job back.
const END: &str = "UPDATE jobs SET state = ? WHERE id = ? AND state = 'running' AND worker = ?";

/// Is committed together with the job's end; it may run several times.
pub type Save = Arc<dyn for<'c> Fn(&'c mut SqliteConnection) -> Work<'c, ()> + Send + Sync>;

/// Claims a job and awaits `work`, outside of any transaction; false: there was none. `worker` is a name
/// that no other worker has, such as host:pid:task. If the process dies, the job stays `running`:
/// `dblock requeue-orphans` gives it back.
pub async fn run_next<F>(db: &Db, worker: &str, work: impl FnOnce(i64) -> F) -> Result<bool, BoxError>
where
    F: Future<Output = Result<Option<Save>, BoxError>>,
{
    let Some(job) = claim(db, worker).await? else {
        return Ok(false);
    };
    let ended = match work(job).await {
        Ok(save) => end(db, job, worker, "completed", save).await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        eprintln!("job {job} failed: {error}");
        end(db, job, worker, "failed", None).await?;
    }
    Ok(true)
}

/// The id of a job that is this worker's now.
pub async fn claim(db: &Db, worker: &str) -> Result<Option<i64>, BoxError> {
    let worker = worker.to_owned();
    db.write(move |conn| {
        let worker = worker.clone();
        Box::pin(async move {
            // All rows: a RETURNING that is not read to its end is not done, and COMMIT fails.
            let ids: Vec<i64> = sqlx::query_scalar(CLAIM).bind(worker).fetch_all(conn).await?;
            Ok(ids.first().copied())
        })
    })
    .await
}

/// Writes how the job ended; false: it was this worker's no more, and nothing was written.
///
/// A job whose end is not written stays `running`, and nobody works on it. So lock errors do not end
/// this, however long they last.
pub async fn end(
    db: &Db,
    job: i64,
    worker: &str,
    state: &'static str,
    save: Option<Save>,
) -> Result<bool, BoxError> {
    loop {
        match end_once(db, job, worker, state, save.clone()).await {
            Err(error) if is_lock_error(&error) => {
                eprintln!("job {job} is {state}, which cannot be written yet: {error}");
            }
            other => return other,
        }
    }
}

async fn end_once(
    db: &Db,
    job: i64,
    worker: &str,
    state: &'static str,
    save: Option<Save>,
) -> Result<bool, BoxError> {
    let worker = worker.to_owned();
    db.write(move |conn| {
        let (worker, save) = (worker.clone(), save.clone());
        Box::pin(async move {
            let ended = sqlx::query(END).bind(state).bind(job).bind(worker).execute(&mut *conn).await?;
            if ended.rows_affected() != 1 {
                return Ok(false);
            }
            if let Some(save) = save {
                save(conn).await?;
            }
            Ok(true)
        })
    })
    .await
}
