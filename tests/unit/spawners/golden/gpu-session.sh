#!/bin/bash
#SBATCH --job-name=onboard-session
#SBATCH --comment=onboard-0011
#SBATCH --partition=gpu
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=8192M
#SBATCH --time=120
#SBATCH --gres=gpu:1
#SBATCH --output=/dev/null
#SBATCH --chdir=/
#SBATCH --no-requeue
# The log, the workspace and all that the job makes are its user's alone.
umask 077
job=${SLURM_JOB_ID:-$$}
log="$HOME"/.onboard/log/job.log
log=${log//%j/$job}
mkdir -p "$(dirname "$log")" && exec >"$log" 2>&1
export FIRST=1
export SECOND='it'"'"'s $(two)'
# What is there already costs no process: a class starts together, on few cores.
[ -d "$HOME"/courses ] || mkdir -p "$HOME"/courses
cd "$HOME"/courses || exit 73
if [ ! -x /opt/env/bin/python ]; then
  echo "The environment is missing: "/opt/env/bin/python" is not there, or not readable on $(hostname)."
  exit 72
fi
export PATH=/opt/env/bin:"$PATH"
# What the session knows of itself; with a full home it is kept on the node.
export ONBOARD_SESSION_FILE="$HOME/.onboard/session-$job.json"
printf -v now '%(%s)T' -1
# Slurm 22.05 does not say when the job ends; later releases do.
end=$SLURM_JOB_END_TIME
[[ $end =~ ^[0-9]{1,12}$ ]] || end=$((now + 7200))
gpus=$CUDA_VISIBLE_DEVICES
[[ $gpus =~ ^[A-Za-z0-9,/_-]*$ ]] || gpus=
[ -d "$HOME/.onboard" ] || mkdir -p "$HOME/.onboard"
describe() {
  printf '{"job_id": "%s", "started_at": %d, "deadline": %d, "visible_gpus": "%s", "grant": %s}\n' \
    "$job" "$now" "$end" "$gpus" '{"size": "gpu-1", "title": "1 GPU", "cpus": 4, "memory_mib": 8192, "gpus": 1, "idle_limit_s": 3600, "gpu_idle_limit_s": 1800}' >"$ONBOARD_SESSION_FILE" && [ -s "$ONBOARD_SESSION_FILE" ]
}
if ! describe; then
  export ONBOARD_SESSION_FILE="$(mktemp -d "${TMPDIR:-/tmp}/onboard-XXXXXXXX")/session-$job.json"
  describe
fi
exec /opt/env/bin/python -m spawners.session_server '--a=b c'
