import type { Preset } from '../preset.js';
import { airflow } from './airflow.js';
import { apscheduler4 } from './apscheduler-4.js';
import { bunqueue } from './bunqueue.js';
import { celerySqlalchemy } from './celery-sqlalchemy.js';
import { delayedJob } from './delayed-job.js';
import { djangoBackgroundTasks } from './django-background-tasks.js';
import { djangoQ2 } from './django-q2.js';
import { djangoTasks } from './django-tasks.js';
import { huey } from './huey.js';
import { laravel } from './laravel.js';
import { liteque } from './liteque.js';
import { litequeue } from './litequeue.js';
import { n8n } from './n8n.js';
import { nextcloud } from './nextcloud.js';
import { obanLite } from './oban-lite.js';
import { payload, payloadV4 } from './payload.js';
import { persistQueue } from './persist-queue.js';
import { plainjob, plainjobSchedule } from './plainjob.js';
import { prefect } from './prefect.js';
import { river } from './river.js';
import { sidequest } from './sidequest.js';
import { solidQueue } from './solid-queue.js';
import { symfonyMessenger } from './symfony-messenger.js';

/** In the order in which they are listed. */
export const presets: readonly Preset[] = [
  laravel,
  solidQueue,
  liteque,
  delayedJob,
  djangoTasks,
  djangoBackgroundTasks,
  symfonyMessenger,
  nextcloud,
  payload,
  payloadV4,
  obanLite,
  river,
  sidequest,
  persistQueue,
  litequeue,
  plainjob,
  plainjobSchedule,
  huey,
  djangoQ2,
  bunqueue,
  n8n,
  prefect,
  airflow,
  apscheduler4,
  celerySqlalchemy,
];
