//! Workers that share a table of jobs, with rusqlite: each job is claimed once.
//!
//! ```ignore
//! let mut conn = db::open("app.db", db::BUSY_TIMEOUT)?; // one a thread
//! loop {
//!     if !run_next(&mut conn, &stats, &worker, |job| work(job))? { // outside of transactions
//!         sleep(Duration::from_secs(1));
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
//! Printed by `dblock recipe rust-rusqlite --part jobs`; db.rs is what it prints without --part.

use rusqlite::{params, Connection, OptionalExtension, Transaction};

use crate::db::{is_lock_error, write, BoxError, LockStats};

/// One statement: nobody can come between the choice of a job and its claim. From SQLite 3.35 on.
const CLAIM: &str = "
    UPDATE jobs SET state = 'running', worker = ?
    WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1)
    RETURNING id";

/// Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead, may
/// have given the job back.
const END: &str = "UPDATE jobs SET state = ? WHERE id = ? AND state = 'running' AND worker = ?";

/// Is committed together with the job's end; it may run several times.
pub type Save = Box<dyn Fn(&Transaction<'_>) -> Result<(), BoxError>>;

/// Claims a job and runs `work`, outside of any transaction; false: there was none. `worker` is a name
/// that no other worker has, such as host:pid:thread. If the process dies, the job stays `running`:
/// `dblock requeue-orphans` gives it back.
pub fn run_next(
    conn: &mut Connection,
    stats: &LockStats,
    worker: &str,
    work: impl FnOnce(i64) -> Result<Option<Save>, BoxError>,
) -> Result<bool, BoxError> {
    let Some(job) = claim(conn, stats, worker)? else {
        return Ok(false);
    };
    let ended = work(job)
        .and_then(|save| end(conn, stats, job, worker, "completed", save.as_ref()));
    if let Err(error) = ended {
        eprintln!("job {job} failed: {error}");
        end(conn, stats, job, worker, "failed", None)?;
    }
    Ok(true)
}

/// The id of a job that is this worker's now.
pub fn claim(conn: &mut Connection, stats: &LockStats, worker: &str) -> Result<Option<i64>, BoxError> {
    // query_row ends the statement: a RETURNING that is not read to its end is not done, and COMMIT fails.
    write(conn, stats, |tx| Ok(tx.query_row(CLAIM, [worker], |row| row.get(0)).optional()?))
}

/// Writes how the job ended; false: it was this worker's no more, and nothing was written.
///
/// A job whose end is not written stays `running`, and nobody works on it. So lock errors do not end
/// this, however long they last.
pub fn end(
    conn: &mut Connection,
    stats: &LockStats,
    job: i64,
    worker: &str,
    state: &str,
    save: Option<&Save>,
) -> Result<bool, BoxError> {
    loop {
        let written = write(conn, stats, |tx| {
            if tx.execute(END, params![state, job, worker])? != 1 {
                return Ok(false);
            }
            save.map_or(Ok(()), |save| save(tx))?;
            Ok(true)
        });
        match written {
            Err(error) if is_lock_error(&error) => {
                eprintln!("job {job} is {state}, which cannot be written yet: {error}");
            }
            other => return other,
        }
    }
}
