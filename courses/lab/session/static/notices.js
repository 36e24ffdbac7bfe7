// Which notice is due. Pure: a status, and the seconds that passed since it was told.

const TEN_MINUTES_S = 600;
const TWO_MINUTES_S = 120;

function timeLeft(status, passed) {
  return Math.max(0, status.time_left_s - passed);
}

// In how many seconds the session ends, by its time limit or by what it is warned of.
export function endsIn(status, passed) {
  const warned = status.warning ? status.warning.left_s - passed : Infinity;
  return Math.max(0, Math.min(timeLeft(status, passed), warned));
}

export function level(status, passed) {
  if (endsIn(status, passed) <= TWO_MINUTES_S) {
    return 'now';
  }
  return dueNotice(status, passed, false) ? 'soon' : 'calm';
}

export function dueNotice(status, passed, silent) {
  if (silent && endsIn(status, passed) === 0) {
    return 'over';
  }
  const warning = status.warning;
  if (warning && warning.reason !== 'time') {
    return warning.reason === 'gpu idle' ? 'gpu_idle' : 'idle';
  }
  const left = timeLeft(status, passed);
  if (left <= TWO_MINUTES_S) {
    return 'two_minutes';
  }
  return left <= TEN_MINUTES_S ? 'ten_minutes' : null;
}
