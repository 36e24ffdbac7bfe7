// What JupyterLab loads first of a prebuilt extension: a container as webpack would write it.
// https://webpack.js.org/concepts/module-federation/#dynamic-remote-containers
(() => {
  const here = document.currentScript.src;
  let shared;

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['aifactory-onboarding'] = {
    init: (scope) => {
      shared = scope;
    },
    get: async (module) => {
      if (module !== './extension') {
        throw new Error(`There is no module ${module} here.`);
      }
      const { plugin } = await import(new URL('extension.js', here));
      // JupyterLab writes on what it gets: a module's own exports cannot be written on.
      return () => ({ __esModule: true, default: plugin(shared) });
    },
  };
})();
