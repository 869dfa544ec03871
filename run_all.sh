#!/usr/bin/env bash
# Runs the seven q-scripts side by side and shows what came out:  bash run_all.sh [options for all seven]
#
# On a fresh machine it first makes .venv with numpy. Options go to every script: bash run_all.sh --num_epoch 1 is a
# quick trial, but it overwrites results of the same names: those of a whole run with otherwise the same options. The
# exit status is 0 if all seven ran through, else that of one which did not.

cd "$(dirname "$0")" || exit 2
case $1 in
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' run_all.sh; exit ;;
esac
. instructor/setup.sh
use_python requirements.txt

# The longest first, so that none is left to run alone at the end.
names=($("$python" -m instructor.run_summary)) || exit 2
pids=()
statuses=()

num_epoch=30
previous=
for option in "$@"; do
    case $option in --num_epoch=*) num_epoch=${option#*=} ;; esac
    if [ "$previous" = --num_epoch ]; then num_epoch=$option; fi
    previous=$option
done

# start I OPTION...: run script I in the background
start() {
    local name=${names[$1]}
    # With -m it gets a process group of its own: signals reach it as a whole, and SIGINT is not ignored there.
    set -m
    bash "$name.sh" "${@:2}" </dev/null >"$logs/$name.log" 2>"$logs/$name.err" &
    set +m
    pids[$1]=$!
}

# finish I: script I has ended; remember its status and tell the outcome
finish() {
    local name=${names[$1]} status
    wait "${pids[$1]}"
    status=$?
    if [ $status = 0 ] && ! grep -q '^Validation accuracy at epoch' "$logs/$name.log"; then
        echo 'it ended without any result' >>"$logs/$name.err"
        status=1
    fi
    statuses[$1]=$status
    if [ $status = 0 ]; then
        tell "$(clock)  $name.sh finished"
    else
        tell "$(clock)  $name.sh FAILED with exit status $status: $(tail -n 5 "$logs/$name.err")"
    fi
}

clock() {
    printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60))
}

tell() {
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
    printf '%s\n' "$1" >&2
}

# On a terminal one line that is renewed every second, elsewhere a new one each minute.
show_progress() {
    if [ $SECONDS -lt $next_shown ]; then return; fi
    local line name log
    line="$(clock)  epochs of $num_epoch:"
    for name in "${names[@]}"; do
        log=$logs/$name.log
        if [ -f "$log" ]; then line="$line $name $(grep -c '^Validation accuracy at epoch' "$log")"; fi
    done
    if [ -t 2 ]; then
        next_shown=$((SECONDS + 1))
        printf '\r\033[K%s' "$line" >&2
    else
        next_shown=$((SECONDS + 60))
        if [ $SECONDS -gt 0 ]; then tell "$line"; fi
    fi
}

# stop STATUS: end the running scripts, each with time to clean up, and then this one
stop() {
    trap '' INT TERM HUP
    local signal pid tick
    for signal in INT TERM KILL; do
        for pid in $(jobs -rp); do kill -s $signal -- "-$pid" 2>/dev/null; done
        for tick in {1..30}; do
            if [ -z "$(jobs -rp)" ]; then break 2; fi
            sleep 0.1
        done
    done
    rm -rf "$logs"
    tell 'run_all.sh: stopped; the scripts that had not finished wrote no result'
    exit "$1"
}

logs=$(mktemp -d) || exit 2
trap 'stop 130' INT
trap 'stop 143' TERM
trap 'stop 129' HUP

echo "Running seven scripts on $num_cores cores, several minutes in all; Ctrl-C ends them." >&2
SECONDS=0
next_shown=0
while [ ${#statuses[@]} -lt ${#names[@]} ]; do
    for i in "${!names[@]}"; do
        if [ -z "${pids[i]}" ]; then
            if [ $((${#pids[@]} - ${#statuses[@]})) -lt "$num_cores" ]; then start "$i" "$@"; fi
        elif [ -z "${statuses[i]}" ] && ! kill -0 "${pids[i]}" 2>/dev/null; then
            finish "$i"
        fi
    done
    show_progress
    sleep 0.2
done

worst=0
for i in "${!names[@]}"; do
    if [ "${statuses[i]}" != 0 ]; then
        worst=${statuses[i]}
        mv "$logs/${names[i]}.log" "$logs/${names[i]}.failed"
    fi
done
if [ -t 2 ]; then printf '\r\033[K' >&2; fi
"$python" -m instructor.run_summary "$logs"
if [ "$worst" = 0 ]; then
    rm -rf "$logs"
else
    tell "run_all.sh: not all scripts ran through; their output is in $logs"
fi
exit "$worst"
