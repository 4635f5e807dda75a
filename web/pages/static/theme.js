// Light or dark before the first paint: as chosen, else as the system likes it.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (!root.dataset.chosen) root.dataset.bsTheme = system.matches ? "dark" : "light";
  };
  follow();
  system.addEventListener("change", follow);
})();
