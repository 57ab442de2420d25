#!/bin/sh
# Cures what needs no thought, then starts the server; never over data that it would lose.
#
#     DATA=/var/lib/redis preen-and-start.sh redis-server /etc/redis/redis.conf
#
# AOF_DOCTOR   the program            GATE          the server that will start
# DATA         its data folder        MAX_LOSS      what the start may lose

: "${AOF_DOCTOR:=aof-doctor}" "${GATE:=redis:7.2}"
: "${DATA:?the data folder of the server}"

# Only root can see that no process writes to the files. Here it is known: this script starts the one that does.
# Should it see one all the same, it changes nothing.
"$AOF_DOCTOR" repair --preen --apply -y --i-stopped-the-server --gate "$GATE" \
    ${MAX_LOSS:+--max-loss "$MAX_LOSS"} -- "$DATA"
code=$?
if [ "$code" -ne 0 ]; then
    echo "not starting the server: aof-doctor repair exited with $code" >&2
    exit 1
fi
exec "$@"
