// Package db: SQLite for several processes and goroutines at once, with github.com/mattn/go-sqlite3.
//
//	d, err := db.Open("app.db", db.BusyTimeout) // one a process
//	defer d.Close()
//
//	rows, err := d.Read.QueryContext(ctx, ...)  // reads take no write lock
//	err = d.Write(ctx, func(tx *sql.Tx) error { // BEGIN IMMEDIATE, ..., COMMIT
//		return claimNextJob(tx)
//	})
//
//	w := db.NewWriter(d, 10)                    // jobs that wait anyway share a commit
//	err = <-w.Submit(addLine)                   // committed, or the error
//	w.Close()
//
// Printed by `dblock recipe go-mattn`; for Go 1.19 and go-sqlite3 1.14, and newer.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"net/url"
	"runtime"
	"sync"
	"time"

	sqlite "github.com/mattn/go-sqlite3"
)

const (
	// BusyTimeout is longer than the longest write transaction of any process: who waits that long
	// gets the lock.
	BusyTimeout = 5 * time.Second

	// Tries is how often a transaction is tried in all. The second try comes after up to 0.5 s, the
	// third after up to 1 s, and so on.
	Tries        = 3
	firstPause   = 500 * time.Millisecond
	longestPause = 5 * time.Second

	queueLength = 1024
)

// OnRetry is told of each lock error after which a transaction is tried again.
var OnRetry = func(err error, try int, pause time.Duration) {
	log.Printf("%v: try %d of %d, again in %v", err, try, Tries, pause.Round(time.Millisecond))
}

// LockStats are counters for a health endpoint: attempts = successes + failures + retries.
type LockStats struct {
	Attempts    int64   `json:"lock_attempts"`  // BEGIN IMMEDIATE was tried,
	Successes   int64   `json:"lock_successes"` // and no lock error came, up to the transaction's end;
	Failures    int64   `json:"lock_failures"`  // a lock error came, and the caller got it;
	Retries     int64   `json:"lock_retries"`   // a lock error came, and it was tried again
	TotalWaitMs float64 `json:"total_wait_ms"`  // from asking for the lock to having it, or giving up
	MaxWaitMs   float64 `json:"max_wait_ms"`
}

// DB is one database, opened twice.
type DB struct {
	// Read is for everything that only reads.
	Read *sql.DB
	// One connection: the goroutines of this process queue for it, in order, and not for SQLite's
	// lock, which knows no order.
	write *sql.DB

	mutex sync.Mutex
	stats LockStats
}

// Open opens the database. Close it on every path.
func Open(path string, busyTimeout time.Duration) (*DB, error) {
	write, err := sql.Open("sqlite3", dsn(path, busyTimeout, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := useWAL(write, busyTimeout); err != nil {
		write.Close()
		return nil, err
	}
	read, err := sql.Open("sqlite3", dsn(path, busyTimeout, "_query_only=1"))
	if err != nil {
		write.Close()
		return nil, err
	}
	// Idle connections are kept: when the last one closes, SQLite checkpoints and deletes the WAL.
	read.SetMaxOpenConns(2 * runtime.NumCPU())
	read.SetMaxIdleConns(2 * runtime.NumCPU())
	return &DB{Read: read, write: write}, nil
}

func dsn(path string, busyTimeout time.Duration, more string) string {
	name := (&url.URL{Path: path}).EscapedPath()
	// The driver sets the busy timeout before the others, which may have to wait already. NORMAL: no
	// fsync for each commit, so the write lock is free again sooner; in WAL mode a power failure can
	// take the last commits with it, but cannot damage the database. Foreign keys are off by default,
	// in each connection. With _txlock=immediate, Begin takes the write lock, and for that SQLite
	// waits: after a plain BEGIN and a SELECT, the first UPDATE gets SQLITE_BUSY or
	// SQLITE_BUSY_SNAPSHOT at once.
	return fmt.Sprintf(
		"file:%s?_busy_timeout=%d&_journal_mode=WAL&_synchronous=NORMAL&_foreign_keys=1&%s",
		name, busyTimeout.Milliseconds(), more,
	)
}

// In WAL mode readers and the writer do not wait for each other. The mode is kept in the file; only
// the change from another one fails when somebody writes just then, and at once: SQLite does not ask
// the busy timeout there.
func useWAL(db *sql.DB, busyTimeout time.Duration) error {
	deadline := time.Now().Add(busyTimeout)
	for {
		var mode string
		err := db.QueryRow("PRAGMA journal_mode").Scan(&mode) // connects, and so asks for WAL
		switch {
		case err == nil && mode == "wal":
			return nil
		case err == nil:
			return fmt.Errorf("journal_mode is %s: a database in memory has no WAL", mode)
		case !IsLockError(err) || time.Now().After(deadline):
			return err
		}
		time.Sleep(10*time.Millisecond + time.Duration(rand.Int63n(int64(90*time.Millisecond))))
	}
}

// Close closes both. What runs is ended first.
func (d *DB) Close() error {
	readErr, writeErr := d.Read.Close(), d.write.Close()
	if writeErr != nil {
		return writeErr
	}
	return readErr
}

// Stats returns the counters as they are now.
func (d *DB) Stats() LockStats {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.stats
}

func (d *DB) count(which func(*LockStats) *int64, wait time.Duration) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	*which(&d.stats)++
	ms := float64(wait) / float64(time.Millisecond)
	d.stats.TotalWaitMs += ms
	if ms > d.stats.MaxWaitMs {
		d.stats.MaxWaitMs = ms
	}
}

func attempts(s *LockStats) *int64  { return &s.Attempts }
func successes(s *LockStats) *int64 { return &s.Successes }
func failures(s *LockStats) *int64  { return &s.Failures }
func retries(s *LockStats) *int64   { return &s.Retries }

// Write runs work in a write transaction, all of it again after a lock error. work may run several
// times: let it do nothing but SQL on tx, no HTTP and no waiting.
func (d *DB) Write(ctx context.Context, work func(tx *sql.Tx) error) error {
	askedAt := time.Now()
	for try := 1; ; try++ {
		d.count(attempts, 0)
		wait, err := d.tryOnce(ctx, askedAt, work)
		if err == nil || !IsLockError(err) {
			d.count(successes, wait)
			return err
		}
		if try == Tries {
			d.count(failures, time.Since(askedAt))
			return err
		}
		// The statement alone cannot be tried again: its snapshot would be as old as before.
		pause := pauseBeforeTry(try + 1)
		OnRetry(err, try, pause)
		select {
		case <-time.After(pause):
			d.count(retries, 0)
		case <-ctx.Done():
			d.count(failures, time.Since(askedAt))
			return fmt.Errorf("%w, while waiting to try again after: %v", ctx.Err(), err)
		}
	}
}

func (d *DB) tryOnce(
	ctx context.Context, askedAt time.Time, work func(tx *sql.Tx) error,
) (wait time.Duration, err error) {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	wait = time.Since(askedAt)
	defer tx.Rollback() // after Commit it does nothing; after a panic it does
	if err := work(tx); err != nil {
		return wait, err
	}
	return wait, tx.Commit()
}

// Random, so that those who failed together do not come back together.
func pauseBeforeTry(try int) time.Duration {
	limit := firstPause << (try - 2)
	if limit > longestPause {
		limit = longestPause
	}
	return time.Duration(rand.Int63n(int64(limit)))
}

// IsLockError tells a lock error by its extended code: SQLITE_BUSY, _BUSY_RECOVERY, _BUSY_SNAPSHOT or
// _BUSY_TIMEOUT. Not SQLITE_LOCKED (6): that is a conflict inside this process, which waiting does
// not end.
func IsLockError(err error) bool {
	var failed sqlite.Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.ExtendedCode {
	case 5, 261, 517, 773:
		return true
	}
	return false
}

// ErrClosed is the answer to a job that comes after Close.
var ErrClosed = errors.New("the writer is closed")

// Writer is one goroutine that writes for all others. With batch 1 each job is a transaction. With a
// larger batch, jobs that are waiting anyway share one, up to so many; a job that fails is undone
// alone.
type Writer struct {
	db    *DB
	batch int
	jobs  chan job
	done  chan struct{}

	mutex  sync.RWMutex
	closed bool
}

type job struct {
	work func(tx *sql.Tx) error
	done chan error
}

// NewWriter starts the goroutine; Close ends it.
func NewWriter(db *DB, batch int) *Writer {
	w := &Writer{db: db, batch: batch, jobs: make(chan job, queueLength), done: make(chan struct{})}
	go w.run()
	return w
}

// Submit queues a job. The channel gets nil when it is committed, or the error.
func (w *Writer) Submit(work func(tx *sql.Tx) error) <-chan error {
	done := make(chan error, 1)
	w.mutex.RLock()
	defer w.mutex.RUnlock()
	if w.closed {
		done <- ErrClosed
	} else {
		w.jobs <- job{work, done}
	}
	return done
}

// Close writes what was submitted, then ends the goroutine. The database stays open.
func (w *Writer) Close() {
	w.mutex.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mutex.Unlock()
	<-w.done
}

func (w *Writer) run() {
	defer close(w.done)
	for first := range w.jobs {
		jobs := w.take(first)
		w.write(jobs)
		if w.batch > 1 && len(jobs) == w.batch {
			// SQLite's lock has no queue: who takes it again at once keeps it from those that sleep
			// before their next try.
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func (w *Writer) take(first job) []job {
	jobs := []job{first}
	for len(jobs) < w.batch {
		select {
		case next, open := <-w.jobs:
			if !open {
				return jobs
			}
			jobs = append(jobs, next)
		default:
			return jobs
		}
	}
	return jobs
}

func (w *Writer) write(jobs []job) {
	errs := make([]error, len(jobs))
	err := w.db.Write(context.Background(), func(tx *sql.Tx) error {
		for i, job := range jobs {
			var err error
			if errs[i], err = runJob(tx, job); err != nil {
				return err
			}
		}
		return nil
	})
	for i, job := range jobs {
		if err != nil {
			errs[i] = err // what is not committed is not done
		}
		job.done <- errs[i]
	}
}

// The job's own error; or one that ends all of the batch.
func runJob(tx *sql.Tx, job job) (error, error) {
	if _, err := tx.Exec("SAVEPOINT job"); err != nil {
		return nil, err
	}
	failure := job.work(tx)
	if failure != nil {
		if IsLockError(failure) {
			return nil, failure // all jobs must be tried again
		}
		// Fails if SQLite has undone them all by itself, as when the disk is full.
		if _, err := tx.Exec("ROLLBACK TO job"); err != nil {
			return nil, fmt.Errorf("%w (and then: %v)", failure, err)
		}
	}
	_, err := tx.Exec("RELEASE job")
	return failure, err
}
