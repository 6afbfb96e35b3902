// Runs before the first paint: the theme is in a cookie, else it follows the system.
const chosen = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1];
const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
document.documentElement.dataset["bsTheme"] = chosen ?? system;
