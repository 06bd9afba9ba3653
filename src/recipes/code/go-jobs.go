package db

// Workers that share a table of jobs: each job is claimed once.
//
//	for {
//		found, err := db.RunNext(ctx, d, worker, work) // work(ctx, job) runs outside of transactions
//		if err != nil || !found {
//			time.Sleep(time.Second)
//		}
//	}
//
// The statements expect a table like this one; put the names of your own into them:
//
//	CREATE TABLE jobs(id INTEGER PRIMARY KEY, priority INTEGER NOT NULL DEFAULT 0,
//	                  state TEXT NOT NULL DEFAULT 'queued', worker TEXT);
//	CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued';
//
// Printed by `dblock recipe go-mattn --part jobs`; it belongs to the package that it prints without --part.

import (
	"context"
	"database/sql"
	"errors"
	"log"
)

// One statement: nobody can come between the choice of a job and its claim. From SQLite 3.35 on.
const claimSQL = `
	UPDATE jobs SET state = 'running', worker = ?
	WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1)
	RETURNING id`

// Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead, may
// have given the job back.
const endSQL = "UPDATE jobs SET state = ? WHERE id = ? AND state = 'running' AND worker = ?"

// Save is committed together with the job's end.
type Save func(tx *sql.Tx) error

// RunNext claims a job and runs work, outside of any transaction; false: there was none. worker is a name
// that no other worker has, such as host:pid:n. If the process dies, the job stays `running`:
// `dblock requeue-orphans` gives it back.
func RunNext(
	ctx context.Context, d *DB, worker string, work func(ctx context.Context, job int64) (Save, error),
) (bool, error) {
	job, found, err := Claim(ctx, d, worker)
	if err != nil || !found {
		return false, err
	}
	save, err := work(ctx, job)
	if err == nil {
		_, err = End(d, job, worker, "completed", save)
	}
	if err != nil {
		log.Printf("job %d failed: %v", job, err)
		_, err = End(d, job, worker, "failed", nil)
	}
	return true, err
}

// Claim returns the id of a job that is this worker's now, if there is one.
func Claim(ctx context.Context, d *DB, worker string) (job int64, found bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		// Scan ends the statement: a RETURNING that is not read to its end is not done, and COMMIT fails.
		err := tx.QueryRow(claimSQL, worker).Scan(&job)
		found = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return job, found && err == nil, err
}

// End writes how the job ended; false: it was this worker's no more, and nothing was written.
//
// A job whose end is not written stays `running`, and nobody works on it. So neither lock errors end
// this, however long they last, nor the context that ended the work.
func End(d *DB, job int64, worker, state string, save Save) (bool, error) {
	for {
		ended := false
		err := d.Write(context.Background(), func(tx *sql.Tx) error {
			result, err := tx.Exec(endSQL, state, job, worker)
			if err != nil {
				return err
			}
			changes, err := result.RowsAffected()
			ended = changes == 1
			if err != nil || !ended || save == nil {
				return err
			}
			return save(tx)
		})
		if err == nil || !IsLockError(err) {
			return ended && err == nil, err
		}
		log.Printf("job %d is %s, which cannot be written yet: %v", job, state, err)
	}
}
