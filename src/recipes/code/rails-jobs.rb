# frozen_string_literal: true

# Workers that share a table of jobs, with Rails: each job is claimed once. (Solid Queue does this by
# itself: this is for a table of your own.)
#
#   loop do
#     found = SqliteJobs.run_next(worker) { |job| work_on(job) } # the block runs outside of transactions
#     sleep(1) unless found
#   end
#
# The statements expect a table like this one; put the names of your own into them:
#
#   create_table :jobs do |t|
#     t.integer :priority, null: false, default: 0
#     t.string :state, null: false, default: "queued"
#     t.string :worker
#   end
#   execute "CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued'"
#
# Printed by `dblock recipe rails --part jobs`; SqliteWrites is what it prints without --part.

require "sqlite3"

module SqliteJobs
  NEXT_JOB = "SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1"

  # One statement: nobody can come between the choice of a job and its claim. From SQLite 3.35 on.
  CLAIM = "UPDATE jobs SET state = 'running', worker = ? WHERE id = (#{NEXT_JOB}) RETURNING id"

  # Before SQLite 3.35.
  CLAIM_ONE = "UPDATE jobs SET state = 'running', worker = ? WHERE id = ? AND state = 'queued'"

  # Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead, may
  # have given the job back.
  END_JOB = "UPDATE jobs SET state = ? WHERE id = ? AND state = 'running' AND worker = ?"

  class << self
    # Claims a job and yields it, outside of any transaction; false: there was none. The block may return
    # a lambda, whose writes are committed with the job's end. worker is a name that no other worker has,
    # such as host:pid:thread. If the process dies, the job stays `running`: `dblock requeue-orphans`
    # gives it back.
    def run_next(worker)
      job = claim(worker)
      return false if job.nil?

      begin
        finish(job, worker, "completed", yield(job))
      rescue StandardError => error
        ActiveRecord::Base.logger&.error("job #{job} failed: #{error.message}")
        finish(job, worker, "failed")
      end
      true
    end

    # The id of a job that is this worker's now, or nil.
    def claim(worker)
      SqliteWrites.write do
        # exec_query reads all rows: a RETURNING that is not read to its end is not done, and COMMIT fails.
        next query(CLAIM, worker).rows.dig(0, 0) if returning?

        # In two steps: the BEGIN IMMEDIATE of write lets nobody in. update returns changes().
        job = query(NEXT_JOB).rows.dig(0, 0)
        job if job && update(CLAIM_ONE, worker, job) == 1
      end
    end

    def returning?
      SQLite3.libversion >= 3_035_000
    end

    # Writes how the job ended; false: it was this worker's no more, and nothing was written.
    #
    # A job whose end is not written stays `running`, and nobody works on it. So lock errors do not end
    # this, however long they last.
    def finish(job, worker, state, save = nil)
      SqliteWrites.write do
        next false if update(END_JOB, state, job, worker) != 1

        save.call if save.respond_to?(:call)
        true
      end
    rescue StandardError => error
      raise unless SqliteWrites.lock_error?(error)

      text = "job #{job} is #{state}, which cannot be written yet: #{error.message}"
      ActiveRecord::Base.logger&.error(text)
      retry
    end

    private

    def query(statement, *values)
      ActiveRecord::Base.connection.exec_query(ActiveRecord::Base.sanitize_sql([statement, *values]))
    end

    def update(statement, *values)
      ActiveRecord::Base.connection.update(ActiveRecord::Base.sanitize_sql([statement, *values]))
    end
  end
end
