import L from "leaflet";
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/**
 * The charts and the map of the cockpit. They read the picture that the page carries; every part of them leads to the rows it
 * counts. The page is fetched again once a minute: what changed is swapped, the charts are given their new numbers.
 */
interface Cell {
  number: number | null;
  text: string;
  unit: string;
  part: string;
  whole: string;
  url: string;
}

interface Area {
  code: string;
  name: string;
  tone: string;
  drill: string;
  majors: Cell;
  overdue: Cell;
  open: Cell;
  covered: Cell;
}

interface Picture {
  trend: { rows: { label: string; now: { number: number | null; url: string }; before: { number: number | null; url: string } }[] };
  ladder: { label: string; n: number; url: string }[];
  sources: ({ label: string } & Cell)[];
  areas: Area[];
}

type Shapes = { areas: GeoJSON.Feature[]; frames: GeoJSON.Feature[] };

const root = document.querySelector<HTMLElement>("[data-cockpit]");
const charts: Record<string, echarts.ECharts> = {};
let picture: Picture;
let layer = "risk";
let areas: L.GeoJSON | null = null;

function colour(name: string): string {
  return getComputedStyle(root ?? document.documentElement).getPropertyValue(name).trim();
}

function readPicture(from: ParentNode): Picture {
  return JSON.parse(from.querySelector("#cockpit-picture")?.textContent ?? "{}") as Picture;
}

function goTo(url: string | undefined): void {
  if (url) location.href = url;
}

function chartOf(id: string): echarts.ECharts | null {
  const holder = document.getElementById(id);
  if (!holder) return null;
  const known = charts[id];
  if (known) return known;
  const made = echarts.init(holder, null, { renderer: "canvas" });
  new ResizeObserver(() => made.resize()).observe(holder);
  charts[id] = made;
  return made;
}

function common(): echarts.EChartsCoreOption {
  const size = root?.classList.contains("is-wall") ? 15 : 12;
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { color: colour("--ink-2"), fontFamily: colour("--font"), fontSize: size },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" } },
    grid: { left: 8, right: 16, top: 30, bottom: 4, containLabel: true },
  };
}

function axis(kind: "category" | "value", data?: string[]): Record<string, unknown> {
  const size = root?.classList.contains("is-wall") ? 15 : 12;
  return {
    type: kind,
    data,
    axisLabel: { color: colour("--ink-2"), fontSize: size },
    axisLine: { lineStyle: { color: colour("--line-strong") } },
    splitLine: { lineStyle: { color: colour("--line") } },
    minInterval: 1,
  };
}

function drawTrend(): void {
  const chart = chartOf("cockpit-trend");
  const holder = document.getElementById("cockpit-trend");
  if (!chart || !holder) return;
  const rows = picture.trend.rows;
  const names = [holder.dataset["now"] ?? "", holder.dataset["before"] ?? ""];
  chart.setOption({
    ...common(),
    legend: { top: 0, right: 8, data: names, textStyle: { color: colour("--ink-2") } },
    xAxis: { ...axis("category", rows.map((row) => row.label.slice(2))), splitLine: { show: false } },
    yAxis: axis("value"),
    series: [
      { name: names[0], type: "bar", barMaxWidth: 26, itemStyle: { color: colour("--accent") }, data: rows.map((row) => row.now.number) },
      {
        name: names[1],
        type: "line",
        symbolSize: 8,
        itemStyle: { color: colour("--warn") },
        lineStyle: { color: colour("--warn"), type: "dashed" },
        data: rows.map((row) => row.before.number),
      },
    ],
  });
  chart.off("click");
  chart.on("click", (event) => {
    const row = rows[event.dataIndex ?? -1];
    goTo(event.seriesIndex === 1 ? row?.before.url : row?.now.url);
  });
}

function drawBars(id: string, rows: { label: string; n: number; url: string }[], tint: string): void {
  const chart = chartOf(id);
  if (!chart) return;
  const size = root?.classList.contains("is-wall") ? 15 : 12;
  chart.setOption({
    ...common(),
    grid: { left: 8, right: 48, top: 4, bottom: 4, containLabel: true },
    xAxis: { ...axis("value"), show: false },
    yAxis: { ...axis("category", rows.map((row) => row.label)), inverse: true, axisTick: { show: false } },
    series: [
      {
        type: "bar",
        barMaxWidth: 20,
        itemStyle: { color: colour(tint) },
        label: { show: true, position: "right", color: colour("--ink"), fontSize: size, formatter: (bar: { value?: unknown }) => Number(bar.value).toLocaleString("en-US") },
        data: rows.map((row) => row.n),
      },
    ],
  });
  chart.off("click");
  chart.on("click", (event) => goTo(rows[event.dataIndex ?? -1]?.url));
}

/** Shade 0 to 5 by share, for areas whose firms are known. */
function shade(area: Area | undefined): string {
  const share = area?.covered.number;
  return share === null || share === undefined ? "unknown" : String(Math.min(5, Math.floor(share / 20)));
}

function classesOf(area: Area | undefined): string {
  return layer === "risk" ? `cockpit-area risk-${area?.tone ?? "none"}` : `cockpit-area shade-${shade(area)}`;
}

function tell(area: Area): string {
  const share = area.covered.number === null ? "—" : `${area.covered.text}% (${area.covered.part}/${area.covered.whole})`;
  return [area.name, ...labels.map((label, place) => `${label} ${[area.majors.text, area.overdue.text, area.open.text, share][place]}`)].join("\n");
}

let labels: string[] = [];

function paint(): void {
  const known = new Map(picture.areas.map((area) => [area.code, area]));
  areas?.eachLayer((shape) => {
    const path = shape as L.Path & { feature?: GeoJSON.Feature };
    const area = known.get(String(path.feature?.properties?.["code"] ?? ""));
    const element = path.getElement();
    if (element) element.setAttribute("class", `${classesOf(area)} leaflet-interactive`);
    if (area) path.setTooltipContent(tell(area));
  });
}

async function drawMap(): Promise<void> {
  const holder = document.getElementById("cockpit-map");
  if (!holder) return;
  const heads = [...document.querySelectorAll("#cockpit-areas thead th")].slice(1);
  labels = heads.map((head) => head.textContent?.trim() ?? "");
  const answer = await fetch(holder.dataset["shapes"] ?? "", { credentials: "same-origin" });
  if (!answer.ok) return;
  const shapes = (await answer.json()) as Shapes;
  if (!shapes.areas.length) {
    holder.classList.add("is-empty");
    return;
  }
  const map = L.map(holder, { attributionControl: false, zoomSnap: 0.1, scrollWheelZoom: false, zoomControl: true });
  const tiles = holder.dataset["tiles"];
  if (tiles) L.tileLayer(tiles).addTo(map);
  const known = new Map(picture.areas.map((area) => [area.code, area]));
  areas = L.geoJSON({ type: "FeatureCollection", features: shapes.areas } as GeoJSON.FeatureCollection, {
    style: (feature) => ({ className: classesOf(known.get(String(feature?.properties?.["code"]))), fillOpacity: 1, weight: 1 }),
    onEachFeature: (feature, shape) => {
      const area = known.get(String(feature.properties?.["code"]));
      shape.bindTooltip(area ? tell(area) : String(feature.properties?.["name"] ?? ""), { sticky: true, className: "cockpit-tip" });
      shape.on("click", () => goTo(layer === "risk" ? area?.majors.url : area?.covered.url));
    },
  }).addTo(map);
  L.geoJSON({ type: "FeatureCollection", features: shapes.frames } as GeoJSON.FeatureCollection, {
    interactive: false,
    style: { className: "cockpit-frame", fill: false, weight: 2 },
    onEachFeature: (feature, shape) => {
      const isWhole = String(feature.properties?.["code"]) === holder.dataset["place"];
      if (shapes.frames.length > 1 && !isWhole)
        shape.bindTooltip(String(feature.properties?.["name"] ?? ""), { permanent: true, direction: "center", className: "map-place" });
    },
  }).addTo(map);
  if (shapes.frames.length < 2)
    areas.eachLayer((shape) => {
      const label = document.createElement("span");
      label.textContent = String((shape as L.Path & { feature?: GeoJSON.Feature }).feature?.properties?.["name"] ?? "");
      L.tooltip({ permanent: true, direction: "center", className: "map-place" })
        .setLatLng((shape as L.Polygon).getBounds().getCenter())
        .setContent(label)
        .addTo(map);
    });
  map.fitBounds(areas.getBounds(), { padding: [6, 6] });
  new ResizeObserver(() => {
    map.invalidateSize();
    if (areas) map.fitBounds(areas.getBounds(), { padding: [6, 6] });
  }).observe(holder);
}

function draw(): void {
  drawTrend();
  drawBars("cockpit-ladder", picture.ladder, "--danger-fill");
  drawBars(
    "cockpit-sources",
    picture.sources.map((row) => ({ label: row.label, n: row.number ?? 0, url: row.url })),
    "--accent",
  );
  paint();
}

function letChoose(): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-layer]")];
  for (const button of buttons)
    button.addEventListener("click", () => {
      layer = button.dataset["layer"] ?? "risk";
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      for (const legend of document.querySelectorAll<HTMLElement>("[data-legend]")) legend.hidden = legend.dataset["legend"] !== layer;
      paint();
    });
}

/** Fetch the page again and swap what changed; say since when it could not be reached. */
async function refresh(): Promise<void> {
  const lost = document.getElementById("cockpit-lost");
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (next && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
    }
    picture = readPicture(fresh);
    draw();
    if (lost) lost.textContent = "";
  } catch {
    if (lost && !lost.textContent)
      lost.textContent = `${root?.dataset["lost"] ?? ""} ${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false })}`;
  }
}

function start(): void {
  if (!root) return;
  document.body.classList.toggle("has-wall", root.classList.contains("is-wall"));
  picture = readPicture(document);
  draw();
  void drawMap();
  letChoose();
  const every = Number(root.dataset["refresh"] ?? 60) * 1000;
  setInterval(() => {
    if (!document.hidden) void refresh();
  }, every);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void refresh();
  });
  document.addEventListener("cockpit:refresh", () => void refresh());
}

start();
