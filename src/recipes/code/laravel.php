<?php

/*
 * SQLite for several processes at once, with Laravel.
 *
 *   // config/database.php
 *   'sqlite' => App\Database\SqliteWrites::config(env('DB_DATABASE', database_path('database.sqlite'))),
 *
 *   // App\Providers\AppServiceProvider::register()
 *   App\Database\SqliteWrites::register();
 *
 *   // anywhere else
 *   $job = SqliteWrites::write(DB::connection(), fn () => claimNextJob());  // BEGIN IMMEDIATE ... COMMIT
 *
 *   $batch = new BatchWriter(DB::connection(), 10);       // ten jobs share a commit
 *   $batch->add(fn () => Log::create(['line' => $line]));
 *   $batch->close();                                      // the rest, and the errors of single jobs
 *
 * PHP shares nothing between requests, so the single writer is a queue: put the writes into jobs on a
 * queue of their own, kept outside this database, and run one worker for it:
 *
 *   SaveReport::dispatch($report)->onQueue('sqlite-writes');
 *   php artisan queue:work redis --queue=sqlite-writes
 *
 * Printed by `dblock recipe laravel`; for Laravel 8 and PHP 8.0, and newer.
 */

namespace App\Database;

use Closure;
use Illuminate\Database\Connection;
use Illuminate\Database\SQLiteConnection;
use PDO;
use PDOException;
use ReflectionMethod;
use RuntimeException;
use Throwable;

final class SqliteWrites
{
    /** Longer than the longest write transaction of any process: who waits that long gets the lock. */
    public const BUSY_TIMEOUT_MS = 5000;

    /** How often a transaction is tried in all. The second try comes after up to 0.5 s, the third 1 s. */
    public const TRIES = 3;
    private const FIRST_PAUSE_MS = 500;
    private const LONGEST_PAUSE_MS = 5000;

    /**
     * SQLITE_BUSY, _BUSY_RECOVERY, _BUSY_SNAPSHOT and _BUSY_TIMEOUT. Not SQLITE_LOCKED (6): that is a
     * conflict inside this process, which waiting does not end.
     */
    private const LOCK_CODES = [5, 261, 517, 773];

    /** Told of each lock error after which a transaction is tried again: fn (string $message): void. */
    public static ?Closure $onRetry = null;

    /**
     * Counts of this process, for a health endpoint: attempts = successes + failures + retries. Under
     * PHP-FPM that is one request: add them up where they last, such as in Redis.
     */
    private static array $stats = [
        'lock_attempts' => 0,   // BEGIN IMMEDIATE was tried,
        'lock_successes' => 0,  // and no lock error came, up to the end of the transaction;
        'lock_failures' => 0,   // a lock error came, and the caller got it;
        'lock_retries' => 0,    // a lock error came, and the transaction was tried again
        'total_wait_ms' => 0.0, // from asking for the lock to having it, or to giving up
        'max_wait_ms' => 0.0,
    ];

    /** An entry of 'connections' in config/database.php. */
    public static function config(string $path, int $busyTimeoutMs = self::BUSY_TIMEOUT_MS): array
    {
        $extended = class_exists('Pdo\Sqlite')
            ? \Pdo\Sqlite::ATTR_EXTENDED_RESULT_CODES
            : PDO::SQLITE_ATTR_EXTENDED_RESULT_CODES;

        return [
            'driver' => 'sqlite',
            'database' => $path,
            'prefix' => '',
            // Laravel 11 sends these, the busy timeout first: the others may have to wait already. PDO's
            // own timeout would be 60 s.
            'busy_timeout' => $busyTimeoutMs,
            // Readers and the writer do not wait for each other. The mode is kept in the file.
            'journal_mode' => 'wal',
            // No fsync for each commit, so the write lock is free again sooner. In WAL mode a power failure
            // can take the last commits with it, but cannot damage the database.
            'synchronous' => 'normal',
            'foreign_key_constraints' => true,
            // Laravel 12 since August 2025, with PHP 8.4: for the write lock of BEGIN IMMEDIATE SQLite waits.
            // After a plain BEGIN and a SELECT, the first UPDATE gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at
            // once.
            'transaction_mode' => 'IMMEDIATE',
            // The exact code of an error, instead of 5 for all of them.
            'options' => [$extended => true],
        ];
    }

    /** For older ones of both, which do not know transaction_mode: once, at the start. */
    public static function register(): void
    {
        [$class, $method] = [SQLiteConnection::class, 'executeBeginTransactionStatement'];
        // Its own, and not that of all databases, which is older.
        $knowsMode = method_exists($class, $method)
            && (new ReflectionMethod($class, $method))->class === $class;
        if ($knowsMode && PHP_VERSION_ID >= 80400) {
            return;
        }
        Connection::resolverFor('sqlite', function ($pdo, $database, $prefix, $config) {
            $isFile = $config['database'] !== ':memory:';
            $immediate = $isFile ? fn () => new ImmediatePdo($config) : $pdo;

            return new SQLiteConnection($immediate, $database, $prefix, $config);
        });
    }

    /**
     * Runs $work in a write transaction, all of it again after a lock error, and returns what it returns.
     *
     * $work may run several times: let it do nothing but queries, no HTTP and no waiting; use
     * DB::afterCommit() for the rest. (The attempts of DB::transaction() come without a pause, and go by
     * the text of the error.)
     */
    public static function write(Connection $db, callable $work, int $tries = self::TRIES): mixed
    {
        if ($db->transactionLevel() > 0) {
            // The lock is taken, and only the outermost transaction can be tried again.
            return $work($db);
        }
        $askedAt = hrtime(true);
        for ($attempt = 1; ; $attempt++) {
            self::$stats['lock_attempts']++;
            $waitMs = 0.0;
            try {
                $db->beginTransaction();
                $waitMs = self::msSince($askedAt);
                $result = $work($db);
                $db->commit();
                self::count('lock_successes', $waitMs);

                return $result;
            } catch (Throwable $error) {
                self::rollBack($db);
                if (! self::isLockError($error)) {
                    self::count('lock_successes', $waitMs);
                    throw $error;
                }
                if ($attempt >= $tries) {
                    self::count('lock_failures', self::msSince($askedAt));
                    throw $error;
                }
                // The statement alone cannot be tried again: its snapshot would be as old as before.
                self::count('lock_retries', 0.0);
                self::pauseBeforeTry($attempt + 1, $error);
            }
        }
    }

    private static function rollBack(Connection $db): void
    {
        try {
            $db->rollBack(0);
        } catch (Throwable) {
            // The error that led here says more; what is left of the connection is not used again.
            $db->disconnect();
        }
    }

    private static function pauseBeforeTry(int $attempt, Throwable $error): void
    {
        // Random, so that those who failed together do not come back together.
        $limitMs = min(self::LONGEST_PAUSE_MS, self::FIRST_PAUSE_MS * 2 ** ($attempt - 2));
        $pauseMs = random_int(0, (int) $limitMs);
        if (self::$onRetry !== null) {
            (self::$onRetry)(sprintf('%s: try %d follows in %d ms', $error->getMessage(), $attempt, $pauseMs));
        }
        usleep($pauseMs * 1000);
    }

    /** By the code that PDO got from SQLite, extended if config() was used. */
    public static function isLockError(Throwable $error): bool
    {
        $pdo = $error instanceof PDOException ? $error : $error->getPrevious();

        return $pdo instanceof PDOException && in_array($pdo->errorInfo[1] ?? null, self::LOCK_CODES, true);
    }

    public static function stats(): array
    {
        return self::$stats;
    }

    private static function count(string $name, float $waitMs): void
    {
        self::$stats[$name]++;
        self::$stats['total_wait_ms'] += $waitMs;
        self::$stats['max_wait_ms'] = max(self::$stats['max_wait_ms'], $waitMs);
    }

    private static function msSince(int $start): float
    {
        return (hrtime(true) - $start) / 1e6;
    }
}

/**
 * PDO that begins immediately. PDO::commit() refuses a transaction that was begun by SQL before PHP 8.4, so
 * all of it goes by SQL here.
 */
final class ImmediatePdo extends PDO
{
    private bool $inTransaction = false;

    public function __construct(array $config)
    {
        $path = realpath($config['database']);
        if ($path === false) {
            throw new RuntimeException("Database {$config['database']} does not exist.");
        }
        parent::__construct("sqlite:$path", null, null, ($config['options'] ?? []) + [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_STRINGIFY_FETCHES => false,
        ]);
        // Before all others, which may have to wait already.
        $this->exec('PRAGMA busy_timeout = '.(int) $config['busy_timeout']);
        $this->useWal((int) $config['busy_timeout']);
        $this->exec('PRAGMA synchronous = NORMAL');
        $this->exec('PRAGMA foreign_keys = ON');
    }

    /**
     * The change from another mode fails when somebody writes just then, and at once: SQLite does not ask the
     * busy timeout there.
     */
    private function useWal(int $busyTimeoutMs): void
    {
        $deadline = hrtime(true) + $busyTimeoutMs * 1_000_000;
        while (true) {
            try {
                $this->query('PRAGMA journal_mode = WAL')->fetchAll();

                return;
            } catch (PDOException $error) {
                if (! SqliteWrites::isLockError($error) || hrtime(true) >= $deadline) {
                    throw $error;
                }
                usleep(random_int(10_000, 100_000));
            }
        }
    }

    public function beginTransaction(): bool
    {
        $this->exec('BEGIN IMMEDIATE');

        return $this->inTransaction = true;
    }

    public function commit(): bool
    {
        $this->exec('COMMIT');
        $this->inTransaction = false;

        return true;
    }

    public function rollBack(): bool
    {
        $this->inTransaction = false;
        try {
            $this->exec('ROLLBACK');
        } catch (PDOException $error) {
            // SQLite has rolled back by itself, as when the disk is full.
            if (! str_contains($error->getMessage(), 'no transaction is active')) {
                throw $error;
            }
        }

        return true;
    }

    public function inTransaction(): bool
    {
        return $this->inTransaction;
    }
}

/** Writes jobs together, $size in a transaction; one that fails is undone alone. */
final class BatchWriter
{
    /** @var list<callable> */
    private array $jobs = [];

    /** @var list<Throwable> */
    private array $errors = [];

    private bool $closed = false;

    public function __construct(private Connection $db, private int $size = 1)
    {
    }

    /** Is written with those that follow, when there are enough. */
    public function add(callable $job): void
    {
        if ($this->closed) {
            throw new RuntimeException('the writer is closed');
        }
        $this->jobs[] = $job;
        if (count($this->jobs) >= $this->size) {
            $this->flush();
        }
    }

    /** Commits what waits. If the transaction fails, none of it is written, and the error says so. */
    public function flush(): void
    {
        $jobs = array_splice($this->jobs, 0);
        if ($jobs === []) {
            return;
        }
        $errors = SqliteWrites::write($this->db, function () use ($jobs) {
            return array_values(array_filter(array_map(fn ($job) => $this->tryJob($job), $jobs)));
        });
        array_push($this->errors, ...$errors);
    }

    /** @return list<Throwable> of the jobs that failed; the others are committed */
    public function close(): array
    {
        $this->closed = true;
        $this->flush();

        return array_splice($this->errors, 0);
    }

    private function tryJob(callable $job): ?Throwable
    {
        $level = $this->db->transactionLevel();
        try {
            $this->db->transaction(fn () => $job($this->db)); // inside another one, a savepoint

            return null;
        } catch (Throwable $error) {
            // After a lock error all jobs must be tried again; where the savepoint is gone, SQLite has undone
            // them all, as when the disk is full.
            if (SqliteWrites::isLockError($error) || $this->db->transactionLevel() !== $level) {
                throw $error;
            }

            return $error;
        }
    }
}
