# frozen_string_literal: true

# SQLite for several processes and threads at once, with Rails.
#
#   # config/database.yml
#   production:
#     adapter: sqlite3
#     database: storage/production.sqlite3
#     timeout: 5000                          # longer than the longest write transaction
#     default_transaction_mode: immediate    # Rails 7.1 and 7.2; from 8.0 on it is the default
#
#   # anywhere
#   job = SqliteWrites.write { claim_next_job }          # BEGIN IMMEDIATE, ..., COMMIT
#
#   writer = SqliteWrites::Writer.new(batch: 10)         # one thread writes for all others
#   writer.submit { Log.create!(line: line) }.value      # committed, or the error
#   writer.close
#
# Printed by `dblock recipe rails`; for Rails 6.0 and newer.

require "active_record"

module SqliteWrites
  BUSY_TIMEOUT_MS = 5_000

  # How often a transaction is tried in all. The second try comes after up to 0.5 s, the third 1 s.
  TRIES = 3
  FIRST_PAUSE_S = 0.5
  LONGEST_PAUSE_S = 5.0

  # What Rails sends by itself from 7.1 on.
  PRAGMAS = [
    # Readers and the writer do not wait for each other. The mode is kept in the file.
    "journal_mode = WAL",
    # No fsync for each commit, so the write lock is free again sooner. In WAL mode a power failure
    # can take the last commits with it, but cannot damage the database.
    "synchronous = NORMAL",
    # Off by default, in each connection.
    "foreign_keys = ON",
  ].freeze

  # Rails 6.0 to 7.0 begin deferred, in rollback mode, and wait inside SQLite.
  module Adapter
    # For the write lock of BEGIN IMMEDIATE SQLite waits. After a plain BEGIN and a SELECT, the first
    # UPDATE gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at once.
    def begin_db_transaction
      log("begin immediate transaction", "TRANSACTION") { @connection.transaction(:immediate) }
    end

    private

    def configure_connection
      super # sets the busy timeout first, if database.yml has a timeout
      wait_in_ruby(Integer(@config[:timeout] || BUSY_TIMEOUT_MS))
      @connection.extended_result_codes = true
      # The change to WAL fails at once if somebody writes just then: SQLite does not ask the busy
      # handler there.
      SqliteWrites.until_unlocked { @connection.execute("PRAGMA #{PRAGMAS.first}") }
      PRAGMAS.drop(1).each { |pragma| @connection.execute("PRAGMA #{pragma}") }
    end

    # SQLite's own busy timeout sleeps with Ruby's lock in its hand: no other thread runs meanwhile, not
    # even the one that would commit. From 8.0 on Rails does as this does.
    def wait_in_ruby(timeout_ms)
      deadline = 0.0
      @connection.busy_handler do |count|
        now = SqliteWrites.now
        deadline = now + timeout_ms / 1000.0 if count.zero?
        next false if now >= deadline

        sleep(rand(0.001..0.005))
        true
      end
    end
  end

  if ActiveRecord.version < Gem::Version.new("7.1")
    ActiveSupport.on_load(:active_record_sqlite3adapter) { prepend Adapter }
  end

  # Counters for a health endpoint: attempts = successes + failures + retries.
  class LockStats
    def initialize
      @mutex = Mutex.new
      @counts = {
        lock_attempts: 0,   # BEGIN IMMEDIATE was tried,
        lock_successes: 0,  # and no lock error came, up to the end of the transaction;
        lock_failures: 0,   # a lock error came, and the caller got it;
        lock_retries: 0,    # a lock error came, and the transaction was tried again
        total_wait_ms: 0.0, # from asking for the lock to having it, or to giving up
        max_wait_ms: 0.0,
      }
    end

    def count(name, wait_s = 0.0)
      @mutex.synchronize do
        @counts[name] += 1
        @counts[:total_wait_ms] += wait_s * 1000
        @counts[:max_wait_ms] = [@counts[:max_wait_ms], wait_s * 1000].max
      end
    end

    def to_h
      @mutex.synchronize { @counts.dup }
    end
  end

  STATS = LockStats.new

  class << self
    # Told of each lock error after which a transaction is tried again.
    attr_accessor :on_retry

    # Runs the block in a write transaction, all of it again after a lock error, and returns what it
    # returns. It may run several times: let it do nothing but SQL, no HTTP and no waiting; use
    # after_commit for the rest.
    def write(tries: TRIES, &block)
      # The lock is taken, and only the outermost transaction can be tried again.
      return yield if ActiveRecord::Base.connection.transaction_open?

      asked_at = now
      (1..tries).each do |attempt|
        STATS.count(:lock_attempts)
        wait_s = nil
        begin
          result = transaction(-> { wait_s = now - asked_at }, &block)
          STATS.count(:lock_successes, wait_s)
          return result
        rescue StandardError => error
          unless lock_error?(error)
            STATS.count(:lock_successes, wait_s || 0.0)
            raise
          end
          if attempt == tries
            STATS.count(:lock_failures, now - asked_at)
            raise
          end
          # The statement alone cannot be tried again: its snapshot would be as old as before.
          STATS.count(:lock_retries)
          pause_before_try(attempt + 1, error)
        end
      end
    end

    # SQLITE_BUSY and its extended codes; sqlite3 chooses the class by the primary code. Not
    # SQLite3::LockedException: that is a conflict inside this process, which waiting does not end.
    def lock_error?(error)
      [error, error.cause].any?(SQLite3::BusyException)
    end

    # For what SQLite does not wait for.
    def until_unlocked(timeout_ms = BUSY_TIMEOUT_MS)
      deadline = now + timeout_ms / 1000.0
      begin
        yield
      rescue SQLite3::BusyException
        raise if now >= deadline

        sleep(rand(0.01..0.1))
        retry
      end
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    private

    def transaction(locked)
      ActiveRecord::Base.transaction do
        # Rails sends BEGIN with the first statement, unless it is told to do so now.
        ActiveRecord::Base.connection.materialize_transactions
        locked.call
        yield
      end
    end

    def pause_before_try(attempt, error)
      # Random, so that those who failed together do not come back together.
      pause_s = rand * [LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**(attempt - 2)].min
      text = "#{error.message}: try #{attempt} follows in #{(pause_s * 1000).round} ms"
      (on_retry || ->(line) { ActiveRecord::Base.logger&.warn(line) }).call(text)
      sleep(pause_s)
    end
  end

  # One thread that writes for all others of this process: they queue here, not at the lock. With
  # batch: 1 each job is a transaction. With a larger batch, jobs that are waiting anyway share one, up
  # to so many; a job that fails is undone alone.
  class Writer
    # What a job returns, or its error, when its transaction is over.
    class Result
      def initialize
        @outcome = Queue.new
      end

      def value
        result, error = (@value ||= @outcome.pop)
        raise error if error

        result
      end

      def settle(result, error)
        @outcome << [result, error]
      end
    end

    def initialize(batch: 1, pause_s: 0.01)
      @batch = batch
      @pause_s = pause_s
      @jobs = Queue.new
      @thread = Thread.new { run }
    end

    def submit(&block)
      result = Result.new
      @jobs << [block, result]
      result
    rescue ClosedQueueError
      raise "the writer is closed"
    end

    # Writes what was submitted, then ends the thread and gives its connection back.
    def close
      @jobs.close
      @thread.join
    end

    private

    def run
      while (job = @jobs.pop)
        jobs = take(job)
        ActiveRecord::Base.connection_pool.with_connection { write(jobs) }
        # SQLite's lock has no queue: who takes it again at once keeps it from those that sleep before
        # their next try.
        sleep(@pause_s) if @batch > 1 && jobs.size == @batch
      end
    end

    def take(job)
      jobs = [job]
      jobs << @jobs.pop(true) while jobs.size < @batch && !@jobs.empty?
      jobs
    end

    def write(jobs)
      outcomes = SqliteWrites.write { jobs.map { |block, _| try_job(block) } }
      # Only now: what is not committed is not done.
      jobs.zip(outcomes) { |(_, result), outcome| result.settle(*outcome) }
    rescue StandardError => error
      jobs.each { |_, result| result.settle(nil, error) }
    end

    def try_job(block)
      # requires_new: inside another transaction, a savepoint
      [ActiveRecord::Base.transaction(requires_new: true, &block), nil]
    rescue StandardError => error
      # After a lock error all jobs must be tried again; without a transaction SQLite has undone them
      # all, as when the disk is full.
      raise if SqliteWrites.lock_error?(error)
      raise unless ActiveRecord::Base.connection.raw_connection.transaction_active?

      [nil, error]
    end
  end
end
