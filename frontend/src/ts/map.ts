import L from "leaflet";

/**
 * Maps drawn from data the page carries: <div class="map" data-map="id-of-json-script">. The script holds
 * {areas: GeoJSON, points: [{lat, lng, label, url, tone, late, major}], pick: {lat: "input id", lng: "input id"}}.
 * No tiles are asked of anyone, unless data-tiles names an address inside the customer's own network.
 */
interface Point {
  lat: number;
  lng: number;
  label: string;
  url?: string;
  tone?: string;
  late?: boolean;
  major?: boolean;
}

interface MapData {
  areas?: GeoJSON.FeatureCollection;
  points?: Point[];
  pick?: { lat: string; lng: string };
}

const NAMES_UP_TO = 16;

function readData(holder: HTMLElement): MapData {
  const script = document.getElementById(holder.dataset["map"] ?? "");
  return JSON.parse(script?.textContent ?? "{}") as MapData;
}

function readAreas(areas: GeoJSON.FeatureCollection): L.GeoJSON {
  const named = areas.features.length <= NAMES_UP_TO;
  return L.geoJSON(areas, {
    style: (feature) => {
      const tone = feature?.properties?.["tone"] as string | undefined;
      return { className: tone ? `map-area risk-${tone}` : "map-area", fillOpacity: tone ? 0.35 : 1 };
    },
    onEachFeature: (feature, layer) => {
      const name = String(feature.properties?.["name"] ?? "");
      const note = feature.properties?.["note"] as string | undefined;
      const address = feature.properties?.["url"] as string | undefined;
      if (named) layer.bindTooltip(name, { permanent: true, direction: "center", className: "map-place" });
      else layer.bindTooltip(note ? `${name} ${note}` : name, { sticky: true });
      if (address) layer.on("click", () => (location.href = address));
    },
  });
}

function drawPoint(map: L.Map, point: Point): void {
  const classes = ["map-point"];
  if (point.tone) classes.push(`risk-${point.tone}`);
  if (point.late) classes.push("is-late");
  if (point.major) classes.push("is-major");
  const marker = L.circleMarker([point.lat, point.lng], {
    radius: point.major ? 7 : 5,
    fillOpacity: 1,
    className: classes.join(" "),
  });
  const label = document.createElement(point.url ? "a" : "span");
  label.textContent = point.label;
  if (point.url && label instanceof HTMLAnchorElement) label.href = point.url;
  marker.bindPopup(label).bindTooltip(point.label).addTo(map);
}

function input(id: string): HTMLInputElement | null {
  const element = document.getElementById(id);
  return element instanceof HTMLInputElement ? element : null;
}

/** Pick a place: a click, or the device's own position, fills two number fields. */
function letPick(map: L.Map, holder: HTMLElement, pick: { lat: string; lng: string }): void {
  const lat = input(pick.lat);
  const lng = input(pick.lng);
  if (!lat || !lng) return;
  let marker: L.CircleMarker | null = null;
  const put = (at: L.LatLng): void => {
    marker?.remove();
    marker = L.circleMarker(at, { radius: 8, fillOpacity: 1, className: "map-point is-major" }).addTo(map);
    lat.value = at.lat.toFixed(6);
    lng.value = at.lng.toFixed(6);
    lat.dispatchEvent(new Event("input", { bubbles: true }));
  };
  if (lat.value && lng.value) put(L.latLng(Number(lat.value), Number(lng.value)));
  map.on("click", (event: L.LeafletMouseEvent) => put(event.latlng));
  holder.parentElement?.querySelector("[data-locate]")?.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition((found) => {
      const at = L.latLng(found.coords.latitude, found.coords.longitude);
      put(at);
      map.setView(at, 15);
    });
  });
}

function draw(holder: HTMLElement): void {
  holder.dataset["ready"] = "";
  const data = readData(holder);
  const map = L.map(holder, { attributionControl: false, zoomSnap: 0.5, scrollWheelZoom: false });
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  const tiles = holder.dataset["tiles"];
  if (tiles) L.tileLayer(tiles).addTo(map);
  const areas = data.areas ? readAreas(data.areas) : null;
  const points = data.points ?? [];
  const bounds = L.latLngBounds(areas ? [] : points.map((point) => L.latLng(point.lat, point.lng)));
  if (areas) bounds.extend(areas.getBounds());
  // Before anything is drawn: a standing label needs a view to be placed in.
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [12, 12], maxZoom: 15 });
  else map.setView([30, 110], 4);
  areas?.addTo(map);
  for (const point of points) drawPoint(map, point);
  if (data.pick) letPick(map, holder, data.pick);
}

export function startMaps(root: ParentNode = document): void {
  for (const holder of root.querySelectorAll<HTMLElement>("[data-map]:not([data-ready])")) draw(holder);
}
