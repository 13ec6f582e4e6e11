// The cache and two replicas of the API under PM2, on one machine without containers.
//
//   pm2 start ecosystem.config.js --env production       or: --env staging
//   pm2 reload ecosystem.config.js --env production      after an update: the replicas one after the other
//
// Environment variables of pm2 itself:
//   STACK_BIN   folder of sideline-server and prediction-api; build/release/bin of this checkout
//   STACK_DIR   folder, which exists, for the socket, the snapshot and logs/; /var/lib/sideline
//   API_PORT    of the first replica; the second one has the next; 8000
// All others reach both programs, the secrets too: SIDELINE_REQUIREPASS_FILE, CACHE_PASSWORD_FILE,
// JWT_SECRET_FILE, DATABASE_URL_FILE. What stands in `env` here wins over them.
'use strict';
const path = require('path');

const bin = process.env.STACK_BIN || path.resolve(__dirname, '../../build/release/bin');
const dir = process.env.STACK_DIR || '/var/lib/sideline';
const socket = path.join(dir, 'sideline.sock');

// PM2 restarts what ends, and after ever longer pauses what ends at once.
function app(name, settings) {
  return {
    name,
    cwd: dir,
    interpreter: 'none',
    exec_mode: 'fork',
    autorestart: true,
    exp_backoff_restart_delay: 100,
    out_file: path.join(dir, 'logs', `${name}.log`),
    error_file: path.join(dir, 'logs', `${name}.log`),
    merge_logs: true,
    ...settings,
  };
}

module.exports = {
  apps: [
    app('cache', {
      script: path.join(bin, 'sideline-server'),
      args: [path.resolve(__dirname, '../production.conf')],
      // Above maxmemory by what connections take. A restart saves first, and loads what was saved.
      max_memory_restart: '384M',
      // SIGINT ends it: clients get their answers, then it saves.
      kill_timeout: 60000,
      env: {
        SIDELINE_BIND: '127.0.0.1 -::1',
        SIDELINE_UNIXSOCKET: socket,
        SIDELINE_UNIXSOCKETPERM: '700',
        SIDELINE_DIR: dir,
        SIDELINE_SAVE: '900 1',
      },
      env_production: { SIDELINE_MAXMEMORY: '256mb' },
      env_staging: { SIDELINE_MAXMEMORY: '64mb', SIDELINE_LOGLEVEL: 'verbose' },
    }),
    app('api', {
      // Two of them, on two ports in a row: nginx knows both. PM2 reloads them one after the other.
      script: '/bin/sh',
      args: ['-c', 'PORT=$((API_PORT + NODE_APP_INSTANCE)) exec "$0"', path.join(bin, 'prediction-api')],
      instances: 2,
      max_memory_restart: '256M',
      // One that ends says so in /health, and serves on for SHUTDOWN_DELAY_MS: longer than the one
      // before it takes to start, so that one of them serves at any time.
      kill_timeout: 20000,
      env: {
        API_PORT: process.env.API_PORT || '8000',
        CACHE: 'sidecar',
        CACHE_URL: `unix://${socket}`,
        SHUTDOWN_DELAY_MS: '5000',
      },
      env_production: { DATABASE_POOL: '20' },
      env_staging: { DATABASE_POOL: '10' },
    }),
  ],
};
