#!/bin/sh
# What runs under dumb-init in the container. Arguments of redis-server alone are enough, as in the
# image of Redis: options, or a configuration file.
set -eu

case ${1-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac

# Where `healthcheck` finds the port, which any source of the configuration may name. Memory of the
# container: there is nothing else that a container with a read-only root can always write to.
if [ -w /dev/shm ]; then
  export SIDELINE_PORT_FILE="${SIDELINE_PORT_FILE-/dev/shm/sideline.port}"
fi
exec "$@"
