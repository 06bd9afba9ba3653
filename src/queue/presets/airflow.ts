import { definePreset } from '../preset.js';

export const airflow = definePreset({
  id: 'airflow',
  name: 'Apache Airflow',
  sources: [
    'https://github.com/apache/airflow/blob/main/airflow-core/src/airflow/jobs/scheduler_job_runner.py',
    'https://github.com/apache/airflow/blob/main/airflow-core/src/airflow/models/taskinstance.py',
  ],
  tables: {
    tasks: {
      named: 'task_instance',
      columns: [
        ...['task_id', 'dag_id', 'run_id', 'map_index', 'start_date', 'end_date', 'duration', 'state'],
        ...['try_number', 'max_tries', 'hostname', 'unixname', 'pool', 'queue', 'priority_weight'],
        ...['operator', 'queued_dttm', 'queued_by_job_id', 'pid', 'external_executor_id'],
      ],
    },
  },
  counts: [
    {
      from: '{tasks}',
      state: `CASE state WHEN 'scheduled' THEN 'queued' WHEN 'queued' THEN 'queued' WHEN 'running' THEN 'claimed'
        WHEN 'restarting' THEN 'claimed' WHEN 'deferred' THEN 'blocked' WHEN 'up_for_reschedule' THEN 'delayed'
        WHEN 'up_for_retry' THEN 'retryable' WHEN 'success' THEN 'done' WHEN 'failed' THEN 'failed'
        WHEN 'upstream_failed' THEN 'failed' ELSE 'other' END`,
    },
  ],
  // From version 3 on a task talks to the API server: that it has not opened the file says nothing about its life.
  action: {
    kind: 'explains',
    why: 'The scheduler and its executor keep their own account of running tasks; a state that changes behind their back is overwritten, or runs the task twice.',
    wayOut:
      'Start the scheduler: it fails or retries tasks without a heartbeat for 5 minutes (task_instance_heartbeat_timeout). Then clear those that are to run again.',
    commands: ['airflow scheduler', 'airflow tasks clear DAG_ID --only-failed'],
  },
  prose: {
    ownRescue:
      'The scheduler fails running tasks without a heartbeat for 5 minutes, or has them retried; queued ones of a dead scheduler are taken over.',
    ifAlive: 'It runs twice.',
  },
});
