import { definePreset } from '../preset.js';

export const prefect = definePreset({
  id: 'prefect',
  name: 'Prefect server',
  sources: [
    'https://github.com/PrefectHQ/prefect/blob/main/src/prefect/server/database/orm_models.py',
    'https://docs.prefect.io/v3/advanced/detect-zombie-flows',
    'https://docs.prefect.io/v3/how-to-guides/workflows/retry-flow-runs',
  ],
  tables: {
    runs: {
      named: 'flow_run',
      columns: [
        ...['id', 'flow_id', 'state_id', 'state_type', 'state_name', 'state_timestamp', 'run_count'],
        ...['expected_start_time', 'next_scheduled_start_time', 'start_time', 'end_time', 'total_run_time'],
        ...['deployment_id', 'infrastructure_pid'],
      ],
    },
  },
  counts: [
    {
      from: '{runs}',
      state: `CASE state_type WHEN 'SCHEDULED' THEN 'queued' WHEN 'PENDING' THEN 'queued' WHEN 'RUNNING' THEN 'claimed'
        WHEN 'PAUSED' THEN 'blocked' WHEN 'COMPLETED' THEN 'done' WHEN 'FAILED' THEN 'failed'
        WHEN 'CRASHED' THEN 'failed' WHEN 'CANCELLED' THEN 'cancelled' WHEN 'CANCELLING' THEN 'claimed' ELSE 'other' END`,
    },
  ],
  // A flow run talks to the server: that it has not opened the file says nothing about its life.
  action: {
    kind: 'explains',
    why: 'The state of a run is a history, with concurrency slots that belong to it: only the server can move it on. Whether a run is alive, the database does not say.',
    wayOut:
      'Let runs send heartbeats (PREFECT_FLOWS_HEARTBEAT_FREQUENCY) and an automation mark those without as crashed; then retry them.',
    commands: ['prefect flow-run ls --state-type RUNNING', 'prefect flow-run retry FLOW_RUN_ID'],
  },
  prose: {
    ownRescue:
      'None by default where one runs the server oneself: an automation on heartbeats has to be made.',
    ifAlive: 'It runs twice, and holds its concurrency slots twice.',
  },
});
