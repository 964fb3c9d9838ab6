// See browser_store.py. Texts lie under "backdrop:<slot>" as {"at": ms, "text": ...}; old and many ones are dropped.
const PREFIX = "backdrop:";
const DAYS = 30;
const MOST = 40;

function read(slot) {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + slot));
    return found && typeof found.text === "string" ? found.text : null;
  } catch {
    return null; // No storage in this browser, or not ours: as if nothing were there.
  }
}

function write(slot, text) {
  try {
    localStorage.setItem(PREFIX + slot, JSON.stringify({ at: Date.now(), text }));
  } catch (error) {
    console.warn("Backdrop: this browser keeps nothing over a reload:", error);
  }
}

function tidy() {
  try {
    const ours = [];
    for (let i = 0; i < localStorage.length; i += 1) {
      const name = localStorage.key(i);
      if (!name.startsWith(PREFIX + "form:")) continue;
      let at = 0;
      try { at = JSON.parse(localStorage.getItem(name)).at || 0; } catch { /* not readable: the oldest */ }
      ours.push([at, name]);
    }
    ours.sort((one, other) => other[0] - one[0]);
    ours.forEach(([at, name], place) => {
      if (place >= MOST || Date.now() - at > DAYS * 86400000) localStorage.removeItem(name);
    });
  } catch { /* no storage */ }
}

// What is known of each place on a page, by its key; Streamlit calls the function below again for every rerun.
const places = new Map();

function onInput(event) {
  for (const { slot, watch, mounted } of places.values()) {
    if (!mounted) continue;
    for (const [field, name] of Object.entries(watch)) {
      if (!event.target.closest || !event.target.closest("." + name)) continue;
      let kept = {};
      try { kept = JSON.parse(read(slot)) || {}; } catch { /* begin anew */ }
      kept.fields = { ...kept.fields, [field]: event.target.value };
      write(slot, JSON.stringify(kept));
    }
  }
}

function answer(data, setStateValue) {
  const place = places.get(data.place) || {};
  places.set(data.place, place);
  if (place.asked === data.ask) return;
  place.asked = data.ask;
  tidy();
  const found = Object.fromEntries(data.slots.map((slot) => [slot, read(slot)]));
  // Not from within the drawing: Streamlit takes a component's values when it is there.
  setTimeout(() => setStateValue("loaded", found), 0);
}

export default function ({ data, setStateValue }) {
  if (data.ask) {
    answer(data, setStateValue);
    return;
  }
  const place = places.get(data.place) || { saved: null };
  places.set(data.place, Object.assign(place, { slot: data.slot, watch: data.watch, mounted: true }));
  document.addEventListener("input", onInput, true); // Adding the same listener twice adds it once.
  for (const slot of data.drop) {
    try { localStorage.removeItem(PREFIX + slot); } catch { /* no storage */ }
  }
  // The same text again is no news: what was typed since may be in the storage already.
  const save = data.slot + "\n" + data.save;
  if (data.save !== null && place.saved !== save) {
    place.saved = save;
    write(data.slot, data.save);
  }
  return () => { place.mounted = false; };
}
