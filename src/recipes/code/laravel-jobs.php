<?php

/*
 * Workers that share a table of jobs, with Laravel: each job is claimed once. (Laravel's own queue does this
 * by itself, with the database driver too: this is for a table of your own.)
 *
 *   while (true) {
 *       $found = SqliteJobs::runNext(DB::connection(), $worker, fn (int $job) => workOn($job));
 *       $found || sleep(1);                                // workOn() runs outside of transactions
 *   }
 *
 * The statements expect a table like this one; put the names of your own into them:
 *
 *   Schema::create('jobs', function (Blueprint $table) {
 *       $table->id();
 *       $table->integer('priority')->default(0);
 *       $table->string('state')->default('queued');
 *       $table->string('worker')->nullable();
 *   });
 *   DB::statement("CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued'");
 *
 * Printed by `dblock recipe laravel --part jobs`; SqliteWrites is what it prints without --part.
 */

namespace App\Database;

use Closure;
use Illuminate\Database\Connection;
use PDO;
use Throwable;

final class SqliteJobs
{
    private const NEXT = "SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1";

    /** One statement: nobody can come between the choice of a job and its claim. From SQLite 3.35 on. */
    private const CLAIM = "UPDATE jobs SET state = 'running', worker = ?
        WHERE id = (".self::NEXT.') RETURNING id';

    /** null: as the version of SQLite says. */
    public static ?bool $hasReturning = null;

    /** Before SQLite 3.35. */
    private const CLAIM_ONE = "UPDATE jobs SET state = 'running', worker = ? WHERE id = ? AND state = 'queued'";

    /**
     * Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead, may have
     * given the job back.
     */
    private const END = "UPDATE jobs SET state = ? WHERE id = ? AND state = 'running' AND worker = ?";

    /**
     * Claims a job and runs $work($job), outside of any transaction; false: there was none. $work may return a
     * closure, whose writes are committed with the job's end. $worker is a name that no other worker has, such
     * as host:pid. If the process dies, the job stays `running`: `dblock requeue-orphans` gives it back.
     */
    public static function runNext(Connection $db, string|int $worker, callable $work): bool
    {
        $job = self::claim($db, $worker);
        if ($job === null) {
            return false;
        }
        try {
            $save = $work($job);
            self::end($db, $job, $worker, 'completed', $save instanceof Closure ? $save : null);
        } catch (Throwable $error) {
            error_log("job $job failed: {$error->getMessage()}");
            self::end($db, $job, $worker, 'failed');
        }

        return true;
    }

    /** The id of a job that is this worker's now. */
    public static function claim(Connection $db, string|int $worker): ?int
    {
        $version = $db->getPdo()->getAttribute(PDO::ATTR_SERVER_VERSION);
        $returning = self::$hasReturning ?? version_compare($version, '3.35', '>=');

        return SqliteWrites::write($db, function () use ($db, $worker, $returning) {
            if ($returning) {
                // select() reads all rows: a RETURNING that is not read to its end is not done, and COMMIT
                // fails. false: by the connection that writes.
                return $db->select(self::CLAIM, [$worker], false)[0]->id ?? null;
            }
            // In two steps: the BEGIN IMMEDIATE of write() lets nobody in. update() returns changes().
            $job = $db->select(self::NEXT, [], false)[0]->id ?? null;

            return $job !== null && $db->update(self::CLAIM_ONE, [$worker, $job]) === 1 ? $job : null;
        });
    }

    /**
     * Writes how the job ended; false: it was this worker's no more, and nothing was written. A job whose end
     * is not written stays `running`, and nobody works on it. So lock errors do not end this, however long they
     * last.
     */
    public static function end(
        Connection $db, int $job, string|int $worker, string $state, ?Closure $save = null,
    ): bool {
        while (true) {
            try {
                return SqliteWrites::write($db, function () use ($db, $job, $worker, $state, $save) {
                    if ($db->update(self::END, [$state, $job, $worker]) !== 1) {
                        return false;
                    }
                    if ($save !== null) {
                        $save();
                    }

                    return true;
                });
            } catch (Throwable $error) {
                if (! SqliteWrites::isLockError($error)) {
                    throw $error;
                }
                error_log("job $job is $state, which cannot be written yet: {$error->getMessage()}");
            }
        }
    }
}
