// Builds the browser files: app.js, theme.js, app.css and the icon sprite, into the static folder of the web package.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { context, build } from "esbuild";

const here = new URL("./", import.meta.url);
const out = fileURLToPath(new URL("../xiangling/web/static/xiangling/dist/", here));
const iconsFolder = new URL("node_modules/@tabler/icons/icons/outline/", here);

/** The inner drawing of one icon, without its outer <svg> and the invisible 24 x 24 frame. */
async function drawing(name) {
  const svg = await readFile(new URL(`${name}.svg`, iconsFolder), "utf8");
  return svg
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/\s+/g, " ")
    .trim();
}

const STROKE = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';

async function writeSprite(names) {
  const symbols = await Promise.all(
    names.map(async (name) => `<symbol id="${name}" viewBox="0 0 24 24" ${STROKE}>${await drawing(name)}</symbol>`),
  );
  await writeFile(`${out}icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
}

/** Icons that chips draw through a CSS mask: one custom property each, so that a table row carries no markup for them. */
async function maskRules(names) {
  const rules = await Promise.all(
    names.map(async (name) => {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" ${STROKE.replace("currentColor", "#000").replace("1.75", "2.25")}>${await drawing(name)}</svg>`;
      return `--mask-${name}: url("data:image/svg+xml,${encodeURIComponent(svg)}");`;
    }),
  );
  return `:root{${rules.join("")}}`;
}

const icons = JSON.parse(await readFile(new URL("icons.json", here), "utf8"));

const maskPlugin = {
  name: "icon-masks",
  setup(bundler) {
    bundler.onResolve({ filter: /^icon-masks$/ }, () => ({ path: "icon-masks", namespace: "icon-masks" }));
    bundler.onLoad({ filter: /.*/, namespace: "icon-masks" }, async () => ({
      contents: await maskRules(icons.masks),
      loader: "css",
    }));
  },
};

const options = {
  absWorkingDir: fileURLToPath(here),
  entryPoints: [
    { in: "src/ts/app.ts", out: "app" },
    { in: "src/ts/theme.ts", out: "theme" },
    { in: "src/ts/cockpit.ts", out: "cockpit" },
    { in: "src/css/app.css", out: "app" },
  ],
  outdir: out,
  bundle: true,
  minify: true,
  legalComments: "linked",
  charset: "utf8",
  format: "iife",
  target: ["es2020", "chrome100", "firefox102", "safari15.4"],
  loader: { ".png": "dataurl", ".svg": "dataurl" },
  logLevel: "warning",
  plugins: [maskPlugin],
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await writeSprite(icons.sprite);
if (process.argv.includes("--watch")) {
  const watcher = await context(options);
  await watcher.watch();
} else {
  await build(options);
}
