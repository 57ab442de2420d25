#!/bin/sh
# Keeps a server running, but never starts it over data that it would lose.
#
#     DATA=/var/lib/redis start-loop.sh redis-server /etc/redis/redis.conf
#
# AOF_DOCTOR   the program            GATE          the server that will start
# DATA         its data folder        MAX_LOSS      what may be lost
# EXPECT_DATA  set and not empty: an empty data folder keeps the gate closed
# PAUSE        seconds between two starts

: "${AOF_DOCTOR:=aof-doctor}" "${GATE:=redis:7.2}" "${MAX_LOSS:=1MB,5s,100cmds}" "${PAUSE:=1}"
: "${DATA:?the data folder of the server}"

while :; do
    "$AOF_DOCTOR" check --gate "$GATE" --max-loss "$MAX_LOSS" ${EXPECT_DATA:+--expect-data} -- "$DATA"
    code=$?
    if [ "$code" -ge 64 ]; then
        # Never ours: 126 and 127 are the shell's, 128 and more a signal's.
        echo "aof-doctor did not run to its end ($code): not starting the server" >&2
        exit 1
    elif [ "$code" -ne 0 ]; then
        echo "the gate is closed ($code): not starting the server" >&2
        exit 1
    fi
    "$@" && exit 0
    echo "the server ended with $?: looking at its data before the next start" >&2
    sleep "$PAUSE"
done
