// The words, in the language of JupyterLab, else of the course pages, else of the browser; times and memory in words.

const LANGUAGES = ['en', 'fr', 'de'];

// JupyterLab says "en" also where nobody chose: then what was chosen in the header of the course
// pages counts, which is a cookie of the same host, and then the browser.
export function chooseLanguage(page, cookies, browser) {
  const [, chosen] = /(?:^|; )onboard-language=(\w+)/.exec(cookies) || ['', ''];
  const wanted = [page === 'en' ? '' : page, chosen, ...browser].map((one) => one.slice(0, 2).toLowerCase());
  return wanted.find((one) => LANGUAGES.includes(one)) || 'en';
}

export async function loadWords(language) {
  const answer = await fetch(new URL('words.json', import.meta.url));
  return (await answer.json())[language];
}

export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function duration(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (whole >= 3600) {
    return `${hours} h ${minutes} min`;
  }
  return whole >= 120 ? `${minutes} min` : `${whole} s`;
}

export function gpus(status, words) {
  if (status.gpus_granted === 0) {
    return '';
  }
  if (status.gpus.length === 0) {
    return words.gpu_unknown;
  }
  return status.gpus
    .map((gpu) => {
      const name = status.gpus.length > 1 ? `GPU ${gpu.index}` : 'GPU';
      const busy = gpu.busy_percent === null ? '?' : gpu.busy_percent;
      const used = (gpu.memory_used_mib / 1024).toFixed(1);
      return `${name} ${busy} %, ${used}/${Math.round(gpu.memory_mib / 1024)} GiB`;
    })
    .join(' · ');
}
