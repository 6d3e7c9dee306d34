// Light or dark, before anything is drawn: a classic script in the head, so that nothing flashes.
(() => {
  const KEY = "xpm-theme";
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage may be forbidden: the system's choice holds.
  }
  const root = document.documentElement;
  const dark = () =>
    chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const apply = () => {
    root.dataset.theme = dark() ? "dark" : "light";
    dispatchEvent(new Event("xpm-theme"));
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  window.xpmTheme = {
    get dark() {
      return dark();
    },
    toggle() {
      chosen = dark() ? "light" : "dark";
      try {
        localStorage.setItem(KEY, chosen);
      } catch {
        // Then only for this page.
      }
      apply();
    },
  };
  apply();
})();
