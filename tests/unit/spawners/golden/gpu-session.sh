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
log="$HOME"/.onboard/log/job.log
log=${log//%j/${SLURM_JOB_ID:-$$}}
mkdir -p "$(dirname "$log")" && exec >"$log" 2>&1
export FIRST=1
export SECOND='it'"'"'s $(two)'
mkdir -p "$HOME"/courses && cd "$HOME"/courses || exit 73
if [ ! -x /opt/env/bin/python ]; then
  echo "The environment is missing: "/opt/env/bin/python" is not there, or not readable on $(hostname)."
  exit 72
fi
export PATH="$(dirname /opt/env/bin/python):$PATH"
exec /opt/env/bin/python -m spawners.session_server '--a=b c'
