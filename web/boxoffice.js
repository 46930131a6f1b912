// The page on which people pick their seats. One module, no dependencies, no build step.
//
//   the box office   request, insist: what is sent, and sent again where that is safe
//   what is kept     who we are, what we hold, what we booked: kept over a reload
//   the hall         Hall: sections, rows and seats of a show, and the state of each
//   the plan         Plan: the seats as checkboxes, the keys, panning, size, the overview
//   live             Live: what others do, by events or by asking
//   the desk         Desk: choose, hold, confirm, give back, cancel; the countdown
//   the pages        the list of shows, one show, where to go

const $ = (id) => document.getElementById(id);
const BASE = new URL('.', import.meta.url);

// ---- words ------------------------------------------------------------------------------------------

const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
const and = (words) => words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** Tells users of a screen reader. The same words twice are told twice. */
function say(text, where = 'said') {
  const room = $(where);
  room.textContent = room.textContent === text ? `${text}\u00a0` : text;
}

/** A new element with properties, and what it holds. */
function make(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function icon(name, className = 'icon') {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

function when(time, style = {weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit'}) {
  const date = new Date(time);
  return time && !Number.isNaN(date.getTime()) ? new Intl.DateTimeFormat('en-GB', style).format(date) : '';
}

function money(amount, currency) {
  return currency ? new Intl.NumberFormat('en-GB', {style: 'currency', currency}).format(amount) : String(amount);
}

const clock = (ms) => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

// ---- the box office ---------------------------------------------------------------------------------

const ANSWER_MS = 15000; // nginx gives a worker 10 s: after this the answer is lost
const PASSING = new Set([0, 408, 429, 502, 503, 504]);
/** Will be another if it is asked again: no answer, too busy, or another request for the same seats is still at work. */
const passing = (answer) => PASSING.has(answer.status) || answer.code === 'confirming';

/**
 * One request. Never throws. `status` 0: no answer came, and nobody knows whether the request arrived.
 * @returns {Promise<{status: number, ok: boolean, body: object, code: string, wait: number, etag: ?string}>}
 */
async function request(method, path, body, headers = {}) {
  try {
    const answer = await fetch(new URL(path, BASE), {
      method, cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS),
      headers: body ? {...headers, 'Content-Type': 'application/json'} : headers,
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    let parsed = {};
    try { parsed = JSON.parse(text); } catch { /* an empty 304, or somebody else's error page: the status says it */ }
    return {status: answer.status, ok: answer.ok, body: parsed, code: parsed.code ?? '',
      wait: Number(answer.headers.get('Retry-After')) || 0, etag: answer.headers.get('ETag')};
  } catch {
    return {status: 0, ok: false, body: {}, code: '', wait: 0, etag: null};
  }
}

const get = (path, headers) => request('GET', path, undefined, headers);

/** Where the site itself knows who we are, the id that this browser made up is in the way: it is left out from then on. */
async function asMe(send) {
  const answer = await send(asMe.known ? undefined : userId());
  if (answer.code !== 'user_mismatch' || asMe.known) return answer;
  asMe.known = true;
  return send(undefined);
}

const post = (path, body) => asMe((user) => request('POST', path, {...body, userId: user}));

/** What kept the answer away, in plain words. */
function trouble(answer) {
  if (answer.status === 0) return navigator.onLine ? 'The box office did not answer.' : 'You are offline.';
  if (answer.status === 429) return 'Very many requests are coming in just now.';
  if (answer.code === 'confirming') return 'A booking of these seats is still under way.';
  if (answer.code === 'outcome_unknown') return 'The box office does not know yet whether your booking went through.';
  return 'The box office cannot answer for a moment.';
}

/**
 * Sends until the answer is a definite one, and tells the person meanwhile. Only for what is safe to repeat: all of
 * the API. `comfort` says what this means for the seats. Resolves to null where the person stopped it, or left.
 */
async function insist(send, comfort, {mayStop = true} = {}) {
  const {visit} = page;
  for (let tries = 0; ; tries++) {
    const answer = await send();
    if (!passing(answer)) {
      if (visit === page.visit) notice.hideWaiting();
      return answer;
    }
    if (visit !== page.visit) return null;
    const seconds = answer.wait || Math.min(8, 2 ** tries);
    if (!await notice.wait(`${trouble(answer)} ${comfort}`, seconds, mayStop)) return null;
  }
}

/** The line on top of the page: what went wrong, and what to do. */
const notice = {
  show(text, {alarm = true, kind = 'bad'} = {}) {
    this.fill(text, kind, {close: true});
    if (alarm) say(text, 'alarm');
  },
  fill(text, kind, {act = false, stop = false, close = false} = {}) {
    $('notice').dataset.kind = kind;
    $('notice-text').textContent = text;
    $('notice-count').textContent = '';
    $('notice-act').hidden = !act;
    $('notice-stop').hidden = !stop;
    $('notice-close').hidden = !close;
    $('notice').hidden = false;
    this.waiting = act;
  },
  hide() {
    $('notice').hidden = true;
    this.waiting = false;
  },
  /** The person left: whoever waits gives up. */
  leave() {
    this.end?.(false);
    this.hide();
  },
  hideWaiting() {
    if (this.waiting) this.hide();
  },
  /** Counts down to the next try. True: try now; false: the person stops. */
  wait(text, seconds, mayStop) {
    const told = this.waiting && $('notice-text').textContent === text;
    this.fill(text, 'wait', {act: true, stop: mayStop});
    if (!told) say(`${text} Trying again by itself.`, 'alarm');
    return new Promise((resolve) => {
      const until = Date.now() + seconds * 1000;
      const tick = () => {
        const left = Math.ceil((until - Date.now()) / 1000);
        $('notice-count').textContent = left > 0 ? `Trying again in ${left} s.` : 'Trying again …';
        if (left <= 0) done(true);
      };
      const timer = setInterval(tick, 250);
      const now = () => done(true);
      const done = this.end = (go) => {
        clearInterval(timer);
        window.removeEventListener('online', now);
        $('notice-act').onclick = $('notice-stop').onclick = this.end = null;
        if (!go) this.hide();
        resolve(go);
      };
      window.addEventListener('online', now);
      $('notice-act').onclick = now;
      $('notice-stop').onclick = () => done(false);
      tick();
    });
  },
};
$('notice-close').onclick = () => notice.hide();

// ---- what is kept -----------------------------------------------------------------------------------

/** localStorage, or where the browser forbids it, the memory of this page. */
const kept = {
  memory: new Map(),
  read(name) {
    let text = this.memory.get(name);
    try { text = localStorage.getItem(`boxoffice.${name}`) ?? text; } catch { /* forbidden */ }
    try { return text ? JSON.parse(text) : null; } catch { return null; }
  },
  write(name, value) {
    const text = JSON.stringify(value);
    this.memory.set(name, text);
    try { localStorage.setItem(`boxoffice.${name}`, text); } catch { /* forbidden or full */ }
  },
  drop(name) {
    this.memory.delete(name);
    try { localStorage.removeItem(`boxoffice.${name}`); } catch { /* forbidden */ }
  },
};

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Made by this browser once, and its own from then on. */
function own(name, prefix = '') {
  const known = kept.read(name) ?? prefix + random();
  kept.write(name, known);
  return known;
}

/** Nobody signs in: what is held and booked with this id is this browser's. */
const userId = () => own('user', 'web-');
/** Proves that a hold is ours, also where the site knows who we are. One for all, so that a hold may be sent again. */
const holdToken = () => own('token');

/** Bookings made with this browser: [{bookingId, showId, title, startTime, seats: [label]}], the latest last. */
const tickets = {
  all: () => kept.read('tickets') ?? [],
  of(showId) { return this.all().filter((ticket) => ticket.showId === showId); },
  put(ticket) {
    const others = this.all().filter((other) => other.bookingId !== ticket.bookingId || other.showId !== ticket.showId);
    kept.write('tickets', ticket.seats.length ? [...others, ticket] : others);
  },
};

// ---- the hall ---------------------------------------------------------------------------------------

/** What a seat is called within its row: 12 of `F12` or of `DC F12` in row F, 7 of `S7` where there are no rows. */
function numberOf(label, row) {
  const rest = row && label.startsWith(row) ? label.slice(row.length).match(/^[ ._-]?(\d.*)$/)?.[1] : '';
  return rest || (label.match(row ? /\d+[A-Za-z]?$/ : /(?<=^S)\d+$/)?.[0] ?? label);
}

/** A show, its seats in sections and rows, and the state of each seat as this person sees it. */
class Hall {
  constructor(showId, show, map) {
    this.id = showId;
    this.title = map.showTitle;
    this.startTime = show.startTime ?? null;
    this.front = {stage: 'Stage', screen: 'Screen'}[show.layout?.front] ?? 'Front';
    this.categories = new Map((show.layout?.categories ?? []).map((one) => [one.name, one]));
    this.seats = new Map();
    this.sections = [];
    this.parts = show.layout?.sections.filter((section) => section.name).length ?? 0;
    if (show.layout) this.fillLayout(show.layout.sections);
    else this.fillGrid(map.seats);
    this.measure();
    this.mine = new Map(); // label -> 'held' | 'booked'
    this.chosen = new Set();
  }

  fillLayout(sections) {
    for (const {name, rows} of sections) {
      const filled = rows.filter((row) => row.seats.length).map((row) => ({name: row.name, seats: row.seats.map((seat) =>
        this.add({...seat, label: seat.seatNumber, section: name, row: row.name}))}));
      if (filled.length) this.sections.push({name, rows: filled});
    }
  }

  /** Where the layout cannot be had: the seats in their order. */
  fillGrid(seats) {
    let width = 10; // not deeper than half its width
    while (Math.ceil(seats.length / width) > width / 2) width += 10;
    const rows = [];
    seats.forEach(({seatNumber}, i) => {
      const column = i % width;
      if (!column) rows.push({name: '', seats: []});
      rows.at(-1).seats.push(this.add({label: seatNumber, section: '', row: '', x: column, y: rows.length - 1}));
    });
    this.sections.push({name: '', rows});
  }

  add(fields) {
    const {label, row} = fields;
    const seat = {...fields, number: numberOf(label, row), status: 'available'};
    const place = row ? `Row ${row}, seat ${seat.number}` : `Seat ${label}`;
    seat.place = fields.section && this.parts > 1 ? `${fields.section}, ${place}` : place;
    seat.name = [place, fields.accessible && 'accessible', fields.companionOf && `companion of ${fields.companionOf}`,
      this.price(seat)].filter(Boolean).join(', ');
    this.seats.set(label, seat);
    return seat;
  }

  category(seat) { return this.categories.get(seat.category) ?? (seat.category ? {name: seat.category} : null); }

  price(seat) {
    const category = this.category(seat);
    if (!category) return '';
    return category.price >= 0 ? `${category.name}, ${money(category.price, category.currency)}` : category.name;
  }

  /** Positions become widths of a seat, from the top left; no two seats closer than one. */
  measure() {
    const seats = [...this.seats.values()].sort((a, b) => a.x - b.x);
    let nearest = Infinity;
    for (let i = 0; i < seats.length; i++) {
      for (let j = i + 1; j < seats.length && seats[j].x - seats[i].x < nearest; j++) {
        const apart = Math.max(seats[j].x - seats[i].x, Math.abs(seats[j].y - seats[i].y));
        if (apart > 0.1) nearest = Math.min(nearest, apart);
      }
    }
    const scale = Number.isFinite(nearest) && nearest < 1 ? 1 / nearest : 1;
    const left = Math.min(...seats.map((seat) => seat.x)), top = Math.min(...seats.map((seat) => seat.y));
    for (const seat of seats) {
      seat.x = (seat.x - left) * scale;
      seat.y = (seat.y - top) * scale;
    }
    this.width = Math.max(...seats.map((seat) => seat.x)) + 1;
    this.height = Math.max(...seats.map((seat) => seat.y)) + 1;
  }

  /** What this person sees: free, chosen, ours, booked, held, sold or blocked. */
  state(seat) {
    const mine = this.mine.get(seat.label);
    if (mine === 'booked') return 'booked';
    if (mine === 'held') return 'ours';
    if (seat.status !== 'available') return {held: 'held', booked: 'sold'}[seat.status] ?? 'blocked';
    return this.chosen.has(seat.label) ? 'chosen' : 'free';
  }

  free() {
    let free = 0;
    for (const seat of this.seats.values()) free += seat.status === 'available';
    return free;
  }

  places(labels) { return and(labels.map((label) => this.seats.get(label)?.place ?? label)); }
}

const STATE_WORDS = {
  free: 'available', chosen: 'your choice', ours: 'held for you', booked: 'booked by you', held: 'held by somebody else',
  sold: 'sold', blocked: 'not for sale',
};

/** The box around seats, with so much room at its sides. */
function boxOf(seats, wide = 0, high = 0) {
  const xs = seats.map((seat) => seat.x), ys = seats.map((seat) => seat.y);
  return {left: Math.min(...xs) - wide, right: Math.max(...xs) + 1 + wide, top: Math.min(...ys) - high, bottom: Math.max(...ys) + 1 + high};
}

// ---- the plan ---------------------------------------------------------------------------------------

const SEAT_LEAST = 24; // px: a target may not be smaller
const SEAT_MOST = 64;
const ROOM = {left: 2, top: 3.3, right: 2, bottom: 0.8}; // around the seats, in widths of a seat
const DRAG_PX = 6;

/** The seats as checkboxes, each one target. Sizes are in em: the size of the plan is its font size. */
class Plan {
  constructor(hall, onToggle) {
    this.hall = hall;
    this.onToggle = onToggle;
    this.root = $('plan');
    this.viewport = $('viewport');
    this.width = hall.width + ROOM.left + ROOM.right;
    this.height = hall.height + ROOM.top + ROOM.bottom;
    // Before there are seats, so that they are laid out once.
    this.root.replaceChildren();
    this.root.style.width = `${this.width}em`;
    this.root.style.height = `${this.height}em`;
    this.setSize(this.fitting());
    this.build();
    this.listen();
    this.viewport.scrollTo((this.width * this.size - this.viewport.clientWidth) / 2, 0);
    this.drawOverview();
  }

  build() {
    const front = make('p', {className: 'front'}, make('span', {textContent: this.hall.front}));
    front.setAttribute('aria-hidden', 'true');
    this.root.append(front, ...this.hall.sections.map((section) => this.section(section)));
  }

  /** Puts a node at a place of the hall, in a box that begins elsewhere. */
  at(node, x, y, box = {left: -ROOM.left, top: -ROOM.top}) {
    node.style.left = `${(x - box.left).toFixed(2)}em`;
    node.style.top = `${(y - box.top).toFixed(2)}em`;
    return node;
  }

  section(section) {
    const room = make('section');
    const box = section.box = boxOf(section.rows.flatMap((row) => row.seats));
    if (section.name) {
      const title = make('h3', {className: 'part'}, make('span', {textContent: section.name}));
      room.append(this.at(title, (box.left + box.right) / 2, box.top - 1.15));
    }
    room.append(...section.rows.map((row) => this.row(row, section)));
    return room;
  }

  /** A box of its own with room for its letters and for the frame of the focus: the browser draws only rows in sight. */
  row(row, section) {
    const set = make('fieldset');
    const box = boxOf(row.seats, 2, 0.25);
    this.at(set, box.left, box.top);
    set.style.width = `${box.right - box.left}em`;
    set.style.height = `${box.bottom - box.top}em`;
    const first = row.seats.reduce((a, b) => b.x < a.x ? b : a), last = row.seats.reduce((a, b) => b.x > a.x ? b : a);
    const legend = make('legend', {className: 'row'}, make('span', {className: 'unseen', textContent:
      row.name ? 'Row ' : `Seats ${first.label} to ${last.label}`}), make('span', {textContent: row.name}));
    set.append(this.at(legend, first.x - 1.3, first.y, box));
    if (row.name && row.seats.length > 12) {
      const again = make('span', {className: 'row'}, make('span', {textContent: row.name}));
      again.setAttribute('aria-hidden', 'true');
      set.append(this.at(again, last.x + 1.3, last.y, box));
    }
    for (const seat of row.seats) {
      set.append(this.at(this.box(seat, row, section), seat.x, seat.y, box));
      if (seat.accessible) set.append(this.at(icon('wheelchair', 'icon mark'), seat.x, seat.y, box));
    }
    row.seats[0].box.tabIndex = 0; // one stop of the Tab key a row
    return set;
  }

  box(seat, row, section) {
    const box = make('input', {type: 'checkbox', className: 'seat', tabIndex: -1});
    // Of a wheelchair's place the mark is shown; a longer name has no room, and is told by its label.
    box.dataset.n = seat.accessible || seat.number.length > 4 ? '' : seat.number;
    box.dataset.label = seat.label;
    box.seat = seat;
    Object.assign(seat, {box, inRow: row, inSection: section});
    this.paint(seat);
    return box;
  }

  /** Shows the state of a seat. Never moves the focus: a seat that is taken stays where the keys can reach it. */
  paint(seat) {
    const state = this.hall.state(seat), {box} = seat;
    const checked = state === 'chosen' || state === 'ours' || state === 'booked';
    if (box.checked !== checked) box.checked = checked; // by a click, even where the state is the same
    if (box.dataset.state === state) return;
    box.dataset.state = state;
    box.setAttribute('aria-label', `${seat.name}, ${STATE_WORDS[state]}`);
    if (state === 'free' || state === 'chosen') box.removeAttribute('aria-disabled');
    else box.setAttribute('aria-disabled', 'true');
  }

  paintAll() {
    for (const seat of this.hall.seats.values()) this.paint(seat);
    this.drawOverview();
  }

  // -- pointer and keys

  listen() {
    const {root} = this;
    root.onclick = (event) => {
      const {seat} = event.target, dragged = this.dragged && event.detail > 0; // 0: by the keyboard
      if (!seat || !(dragged || event.target.getAttribute('aria-disabled'))) return;
      event.preventDefault();
      if (!dragged) say(event.target.getAttribute('aria-label'));
    };
    root.onchange = (event) => event.target.seat && this.onToggle(event.target.seat, event.target.checked);
    root.onkeydown = (event) => event.target.seat && this.key(event);
    root.onpointerover = (event) => { if (event.target.seat) event.target.title = event.target.getAttribute('aria-label'); };
    root.addEventListener('focusin', (event) => event.target.seat && this.stop(event.target.seat));
    this.viewport.onpointerdown = (event) => this.drag(event);
    this.viewport.onwheel = (event) => {
      if (!event.ctrlKey) return; // two fingers on a trackpad come as this
      event.preventDefault();
      this.resize(this.size * (event.deltaY < 0 ? 1.1 : 1 / 1.1), event);
    };
    this.viewport.onscroll = () => this.moveWindow();
    $('zoom-in').onclick = () => this.resize(this.size * 1.25);
    $('zoom-out').onclick = () => this.resize(this.size / 1.25);
    this.watch = new ResizeObserver(() => this.drawOverview());
    this.watch.observe(this.viewport);
    $('overview').onpointerdown = (event) => this.travel(event);
  }

  end() {
    this.ended = true;
    this.watch.disconnect();
  }

  /** The Tab key comes back to the seat of the row that it left. */
  stop(seat) {
    for (const other of seat.inRow.seats) other.box.tabIndex = other === seat ? 0 : -1;
  }

  key(event) {
    const {seat} = event.target;
    const next = event.ctrlKey || event.altKey || event.metaKey ? null : {
      ArrowLeft: () => this.beside(seat, -1), ArrowRight: () => this.beside(seat, 1),
      ArrowUp: () => this.beyond(seat, -1), ArrowDown: () => this.beyond(seat, 1),
      Home: () => seat.inRow.seats[0], End: () => seat.inRow.seats.at(-1),
      PageUp: () => this.part(seat, -1), PageDown: () => this.part(seat, 1),
    }[event.key];
    if (next) {
      event.preventDefault();
      next()?.box.focus();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      event.target.click();
    } else if (event.key === '+' || event.key === '-') {
      this.resize(event.key === '+' ? this.size * 1.25 : this.size / 1.25);
    }
  }

  beside(seat, step) {
    const row = seat.inRow.seats;
    return row[row.indexOf(seat) + step];
  }

  /** The nearest seat in the row in front or behind, whichever section that is in. */
  beyond(seat, way) {
    let best = null, least = Infinity;
    for (const other of this.hall.seats.values()) {
      const ahead = (other.y - seat.y) * way;
      if (ahead < 0.5 || other.inRow === seat.inRow) continue;
      const far = ahead * 3 + Math.abs(other.x - seat.x);
      if (far < least) [best, least] = [other, far];
    }
    return best;
  }

  part(seat, step) {
    const {sections} = this.hall;
    return sections[sections.indexOf(seat.inSection) + step]?.rows[0].seats[0];
  }

  /** A mouse drags the plan; fingers scroll it by themselves. */
  drag(event) {
    this.dragged = false;
    if (event.pointerType !== 'mouse' || event.button !== 0) return;
    const {viewport} = this;
    const from = {x: event.clientX, y: event.clientY, left: viewport.scrollLeft, top: viewport.scrollTop};
    const move = (moved) => {
      const dx = moved.clientX - from.x, dy = moved.clientY - from.y;
      if (!this.dragged && Math.hypot(dx, dy) < DRAG_PX) return;
      this.dragged = true;
      viewport.classList.add('dragging');
      viewport.scrollTo(from.left - dx, from.top - dy);
    };
    const up = () => {
      viewport.classList.remove('dragging');
      window.removeEventListener('pointermove', move);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up, {once: true});
    window.addEventListener('pointercancel', up, {once: true});
  }

  // -- size and place

  fitting() {
    const room = this.viewport.clientWidth / this.width;
    const most = matchMedia('(pointer: coarse)').matches ? 40 : 34;
    return Math.min(most, Math.max(SEAT_LEAST, room));
  }

  setSize(size) {
    this.size = Math.min(SEAT_MOST, Math.max(SEAT_LEAST, size));
    this.root.style.fontSize = `${this.size}px`;
    $('zoom-out').disabled = this.size <= SEAT_LEAST;
    $('zoom-in').disabled = this.size >= SEAT_MOST;
  }

  /** Sizes the plan so that what is in the middle, or below the pointer, stays there. */
  resize(size, pointer) {
    const {viewport} = this, before = this.size, frame = viewport.getBoundingClientRect();
    const x = pointer ? pointer.clientX - frame.left : viewport.clientWidth / 2;
    const y = pointer ? pointer.clientY - frame.top : viewport.clientHeight / 2;
    const at = {x: (viewport.scrollLeft + x) / before, y: (viewport.scrollTop + y) / before};
    this.setSize(size);
    viewport.scrollTo(at.x * this.size - x, at.y * this.size - y);
    this.drawOverview();
  }

  show(section) {
    const {box} = section;
    const seat = section.rows.flatMap((row) => row.seats).find((one) => this.hall.state(one) === 'free') ?? section.rows[0].seats[0];
    const middle = ((box.left + box.right) / 2 + ROOM.left) * this.size - this.viewport.clientWidth / 2;
    this.viewport.scrollTo(middle, (box.top + ROOM.top - 1.6) * this.size);
    seat.box.focus({preventScroll: true});
    seat.box.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }

  // -- the overview: the whole hall, small, where the plan is larger than its window

  /** With the next frame, however often it is asked for. */
  drawOverview() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      if (!this.ended) this.draw();
    });
  }

  draw() {
    const {viewport} = this, overview = $('overview');
    overview.hidden = this.width * this.size <= viewport.clientWidth + 1 && this.height * this.size <= viewport.clientHeight + 1;
    if (overview.hidden) return;
    const narrow = overview.parentNode.clientWidth < 600;
    this.dot = Math.min(150 / this.width, (narrow ? 92 : 300) / this.height);
    const paint = this.canvas(this.width * this.dot, this.height * this.dot), side = Math.max(1, this.dot * 0.8);
    const styles = getComputedStyle(overview);
    const color = Object.fromEntries(Object.keys(STATE_WORDS).map((state) => [state, styles.getPropertyValue(`--dot-${state}`)]));
    for (const seat of this.hall.seats.values()) {
      paint.fillStyle = color[this.hall.state(seat)];
      paint.fillRect((seat.x + ROOM.left) * this.dot, (seat.y + ROOM.top) * this.dot, side, side);
    }
    this.moveWindow();
  }

  /** The overview's canvas, empty and of this size. */
  canvas(width, height) {
    const map = $('overview-map'), density = window.devicePixelRatio || 1;
    Object.assign(map, {width: width * density, height: height * density});
    map.style.width = `${width}px`;
    map.style.height = `${height}px`;
    const paint = map.getContext('2d');
    paint.scale(density, density);
    return paint;
  }

  moveWindow() {
    if ($('overview').hidden) return;
    const {viewport} = this, map = $('overview-map'), small = this.dot / this.size;
    Object.assign($('overview-window').style, {
      left: `${map.offsetLeft + viewport.scrollLeft * small}px`, top: `${map.offsetTop + viewport.scrollTop * small}px`,
      width: `${Math.min(viewport.clientWidth, this.width * this.size) * small}px`,
      height: `${Math.min(viewport.clientHeight, this.height * this.size) * small}px`,
    });
  }

  travel(event) {
    const go = (moved) => {
      const frame = $('overview-map').getBoundingClientRect(), large = this.size / this.dot;
      this.viewport.scrollTo((moved.clientX - frame.left) * large - this.viewport.clientWidth / 2,
        (moved.clientY - frame.top) * large - this.viewport.clientHeight / 2);
    };
    event.preventDefault();
    go(event);
    window.addEventListener('pointermove', go);
    window.addEventListener('pointerup', () => window.removeEventListener('pointermove', go), {once: true});
  }
}

// ---- live -------------------------------------------------------------------------------------------

const POLL_MS = 2000; // where there are no events
const CHECK_MS = 30000; // where there are: sales of other programs make none until somebody asks
const DEAD_MS = 45000; // without a word, not even that nothing happened: the stream is dead
const RESYNC_MS = 2000; // everybody is told at once: each asks some time within this
const LISTEN_AGAIN_MS = 30000;

/** Follows a show by the rules of doc/api.md ("The live map"): events where they are offered, else /status every two seconds. */
class Live {
  constructor(showId, {onMap, onSeats, onState}) {
    Object.assign(this, {showId, onMap, onSeats, onState});
    this.events = []; // that came while a map was being fetched
    this.seen = () => document.visibilityState === 'visible' && this.refresh();
    document.addEventListener('visibilitychange', this.seen);
    window.addEventListener('online', this.seen);
    window.addEventListener('offline', this.seen);
  }

  /** The map that came first is in use already. */
  start(map, etag) {
    this.version = Number(map.version) || 0;
    this.etag = etag;
    this.listen();
    this.later();
  }

  end() {
    this.ended = true;
    this.source?.close();
    for (const timer of ['next', 'again', 'dead', 'resync']) clearTimeout(this[timer]);
    document.removeEventListener('visibilitychange', this.seen);
    window.removeEventListener('online', this.seen);
    window.removeEventListener('offline', this.seen);
  }

  /** The next question: not before so many seconds. */
  later(seconds = 0) {
    clearTimeout(this.next);
    if (this.ended) return;
    const pause = this.listening ? CHECK_MS : document.hidden ? 5 * POLL_MS : POLL_MS;
    this.next = setTimeout(() => this.refresh(), Math.max(seconds * 1000, pause));
  }

  /** Resolves when a map is in use that was asked for after this call. */
  refresh() {
    if (!this.asking) return this.asking = this.ask();
    return this.queued ??= this.asking.then(() => {
      this.queued = null;
      return this.asking = this.ask();
    });
  }

  async ask() {
    const asked = performance.now();
    const answer = await get(`status/${this.showId}`, this.etag ? {'If-None-Match': this.etag} : {});
    this.asking = null;
    if (this.ended) return;
    if (answer.ok) {
      this.version = Number(answer.body.version) || 0;
      this.etag = answer.etag;
      this.onMap(answer.body, asked);
    }
    this.drain();
    const fine = answer.ok || answer.status === 304;
    this.onState(fine ? (this.listening ? 'live' : 'asking') : 'lost', answer);
    if (!fine && this.listening) this.listening = false;
    this.later(fine ? 0 : answer.wait);
  }

  listen() {
    if (this.ended) return;
    const source = this.source = new EventSource(new URL(`events/${this.showId}`, BASE));
    source.onopen = () => {
      // One that was silent before must say something first: nginx answers though nobody feeds it.
      if (this.silent) this.arm();
      else this.alive();
      this.refresh();
    };
    source.onerror = () => {
      this.listening = false;
      this.later();
      // Else the browser connects again by itself.
      if (source.readyState === EventSource.CLOSED) this.listenAgain();
    };
    for (const kind of ['alive', 'resync', 'seats']) {
      source.addEventListener(kind, (event) => {
        this.silent = false;
        this.alive();
        if (kind === 'resync') this.resync = setTimeout(() => this.refresh(), Math.random() * RESYNC_MS);
        if (kind === 'seats') this.hear(event.data);
      });
    }
  }

  listenAgain(ms = LISTEN_AGAIN_MS) {
    clearTimeout(this.dead);
    clearTimeout(this.again);
    this.again = setTimeout(() => this.listen(), ms);
  }

  alive() {
    this.listening = true;
    this.arm();
  }

  arm() {
    clearTimeout(this.dead);
    this.dead = setTimeout(() => {
      this.source.close();
      this.listening = false;
      this.silent = true;
      this.listenAgain(0);
      this.later();
    }, DEAD_MS);
  }

  hear(data) {
    try { this.events.push(JSON.parse(data)); } catch { this.refresh(); }
    this.drain();
  }

  /** Applies what came, in order; a gap is filled by the map. */
  drain() {
    while (!this.asking && this.events.length) {
      const {from, version, changes} = this.events.shift();
      if (Number(version) < this.version) continue;
      if (Number(from) > this.version) {
        this.refresh();
        return;
      }
      this.version = Number(version);
      this.onSeats(changes);
    }
  }
}

// ---- the desk ---------------------------------------------------------------------------------------

const WARNINGS = [60, 20]; // seconds before the end
const TICK_MS = 250;

/** Why an order was refused, and what to do, in plain words. */
function refusal(answer, hall) {
  const seats = (answer.body.seats ?? []).map((seat) => seat.seatNumber);
  const named = seats.length ? hall.places(seats) : 'these seats';
  const words = {
    seats_unavailable: () => `Somebody else was quicker: ${named} ${seats.length > 1 ? 'are' : 'is'} no longer free. Nothing was held. Choose other seats; the rest of your choice is still marked.`,
    not_enough_seats: () => answer.body.seatsLeft ? `Only ${count(answer.body.seatsLeft, 'such seat')} left. Ask for fewer, or for other seats.`
      : 'No such seat is left. Ask for other seats.',
    hold_limit: () => 'That is more seats than one person may hold for this show. Take some out of your choice and hold again.',
    too_many_seats: () => 'That is more seats than can be held at once. Take some out of your choice and hold again.',
    owned_limit: () => 'That is more seats than one person may book for this show, those included that you have booked before. Nothing was booked; give some of them back, and confirm the rest.',
    sale_closed: () => sale(answer.body),
    hold_token: () => `${named} ${seats.length > 1 ? 'are' : 'is'} held for you by another browser. Go on there, or wait until that time is over.`,
    held_by_another: () => `${named} ${seats.length > 1 ? 'are' : 'is'} held by somebody else by now. Nothing was booked, and nothing is to be paid. Choose other seats.`,
    seats_sold: () => `${named} ${seats.length > 1 ? 'were' : 'was'} sold to somebody else. Nothing was booked, and nothing is to be paid. Choose other seats.`,
    hold_expired: () => `The time for ${named} is over, and nothing was booked. Hold the seats again if they are still free, or choose others.`,
    unknown_seat: () => 'The hall was changed meanwhile. Load the page again to see the new plan.',
    show_not_found: () => 'This show is no longer on sale. Choose another one.',
  };
  return (words[answer.code] ?? (() => `That did not work: ${answer.body.detail ?? 'the box office gave no reason'}. Nothing was changed; try again, or load the page again.`))();
}

function sale({saleStart, saleEnd}) {
  if (saleStart && new Date(saleStart) > new Date()) return `Tickets for this show are sold from ${when(saleStart)} on. Come back then.`;
  return `Tickets for this show are no longer sold${saleEnd ? `, since ${when(saleEnd)}` : ''}. Choose another show.`;
}

/** A question in front of the page. Resolves to the value of the button, or '' for Escape. */
function ask({title, text, seats = [], actions}) {
  const dialog = $('dialog');
  $('dialog-title').textContent = title;
  $('dialog-text').textContent = text;
  $('dialog-seats').hidden = !seats.length;
  $('dialog-seats').replaceChildren($('dialog-seats').firstElementChild, ...seats.map(([label, words]) =>
    make('label', {className: 'tick'}, make('input', {type: 'checkbox', checked: true, value: label}), ` ${words}`)));
  $('dialog-actions').replaceChildren(...actions.map(([value, label, kind]) =>
    make('button', {type: 'submit', value, textContent: label, className: kind ?? 'plain'})));
  dialog.returnValue = '';
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (document.activeElement === document.body) $('order').focus();
      resolve(dialog.returnValue);
    };
  });
}

const dialogSeats = () => [...$('dialog-seats').querySelectorAll('input:checked')].map((box) => box.value);

/** One person's order for one show: choosing -> held -> booked. `busy` names the request under way. */
class Desk {
  constructor(hall) {
    this.hall = hall;
    this.name = `order.${hall.id}`;
    this.phase = 'choosing';
    this.busy = '';
    this.gone = new Set(); // chosen, and taken by somebody else since
    this.since = 0; // when seats became ours, or stopped being it, last
    this.order = null; // {phase, seats, endsAt, lasts, atMost}: times in ms, of this machine's clock
    this.ticket = null;
    this.rows = new Map();
  }

  start(plan, live) {
    Object.assign(this, {plan, live});
    $('do-hold').onclick = () => this.hold();
    // A second click must not ask for what the first one is at, nor, as the end of a double click, hit what stands there by then.
    const once = (act) => (event) => { if (!this.busy && event.detail < 2) act(); };
    $('do-confirm').onclick = once(() => this.confirm());
    $('do-extend').onclick = once(() => this.extend());
    $('do-release').onclick = once(() => this.release(this.order.seats));
    $('do-more').onclick = once(() => this.more());
    $('do-cancel').onclick = once(() => this.cancel());
    $('best').onsubmit = (event) => {
      event.preventDefault();
      this.best();
    };
    this.offerBest();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.restore();
    this.plan.paintAll();
    this.render();
  }

  end() {
    this.ended = true;
    clearInterval(this.timer);
  }

  /** Takes up what an earlier load of this page left. */
  restore() {
    const left = kept.read(this.name);
    for (const ticket of tickets.of(this.hall.id)) {
      this.markBooked(ticket.seats);
      this.check(ticket);
    }
    this.ticket = tickets.of(this.hall.id).at(-1) ?? null;
    if (left?.seats.every((label) => this.hall.seats.has(label))) {
      this.setHeld(left);
      if (left.phase === 'confirming') this.confirm();
      else if (left.endsAt <= Date.now() || !this.stillHeld()) this.lapse();
      else say(`Your seats are still held: ${this.hall.places(left.seats)}. ${this.leftWords()}`);
    } else if (this.ticket) {
      this.phase = 'booked';
    }
  }

  /** A ticket may have been given back elsewhere: by the staff, or with another window of this browser. */
  async check(ticket) {
    const answer = await asMe((user) => get(`bookings/${ticket.bookingId}${user ? `?userId=${encodeURIComponent(user)}` : ''}`));
    const seats = answer.code === 'booking_not_found' ? [] : answer.ok
      ? answer.body.seats.filter((seat) => seat.status === 'booked').map((seat) => seat.seatNumber) : ticket.seats;
    if (seats.length === ticket.seats.length) return;
    tickets.put({...ticket, seats});
    for (const label of ticket.seats) if (!seats.includes(label)) this.hall.mine.delete(label);
    if (this.ticket?.bookingId === ticket.bookingId) {
      this.ticket = seats.length ? {...ticket, seats} : null;
      if (!this.ticket && this.phase === 'booked') this.phase = 'choosing';
      notice.show(`${seats.length ? 'Part of this booking' : 'This booking'} was given back.`, {kind: 'wait'});
    }
    if (this.ended) return;
    this.plan.paintAll();
    this.render();
  }

  markBooked(labels) {
    for (const label of labels) if (this.hall.seats.get(label)?.status === 'booked') this.hall.mine.set(label, 'booked');
  }

  stillHeld() {
    return this.order.seats.every((label) => this.hall.seats.get(label).status !== 'available');
  }

  setHeld(order) {
    this.dropMine();
    this.since = performance.now();
    this.order = order;
    this.phase = 'held';
    this.warned = Infinity;
    this.hall.chosen.clear();
    this.gone.clear();
    for (const label of order.seats) this.hall.mine.set(label, 'held');
    kept.write(this.name, order);
  }

  dropMine() {
    for (const [label, what] of this.hall.mine) if (what === 'held') this.hall.mine.delete(label);
  }

  /** Back to choosing; what was held is no longer ours. */
  setChoosing() {
    this.dropMine();
    this.order = null;
    this.phase = 'choosing';
    kept.drop(this.name);
  }

  /** What every order says. */
  words(seats) {
    return {showId: this.hall.id, seatNumber: seats, holdToken: holdToken()};
  }

  // -- choosing

  toggle(seat, on) {
    const {hall} = this;
    if (this.busy || this.phase === 'held') {
      say('Your seats are held. Give them back to choose others.');
    } else {
      if (this.phase === 'booked') this.more();
      if (on) hall.chosen.add(seat.label);
      else hall.chosen.delete(seat.label);
      say(`${seat.place} ${on ? 'chosen' : 'taken out'}. ${count(hall.chosen.size, 'seat')} chosen.`);
    }
    this.plan.paint(seat);
    this.plan.drawOverview();
    this.render();
  }

  /**
   * States of seats from the box office: what is news for this person is told, and the focus stays where it is. Of our own
   * seats only a map tells that was asked for (`asked`) after they became ours: an older one, or an event, is from before.
   */
  update(changes, asked = 0) {
    const {hall} = this, taken = [];
    let doubt = false;
    for (const [label, status] of changes) {
      const seat = hall.seats.get(label);
      if (!seat || seat.status === status) continue;
      if (hall.mine.has(label) && asked <= this.since) {
        doubt = true;
        continue;
      }
      seat.status = status;
      if (status === 'available' && hall.mine.get(label) === 'booked') hall.mine.delete(label);
      if (status !== 'available' && hall.chosen.has(label) && this.busy !== 'hold') {
        hall.chosen.delete(label);
        this.gone.add(label);
        taken.push(label);
      } else if (status === 'available') {
        this.gone.delete(label);
      }
      this.plan.paint(seat);
    }
    if (taken.length) notice.show(`Just taken by somebody else: ${hall.places(taken)}. ${hall.chosen.size ? 'The rest of your choice is still marked.' : 'Choose other seats.'}`);
    this.plan.drawOverview();
    showFree(hall);
    if (doubt) this.live.refresh();
    if (this.phase === 'held' && !this.busy && !this.stillHeld()) this.lapse();
    this.render();
  }

  // -- holding

  async hold(seats = [...this.hall.chosen]) {
    if (!seats.length || this.busy) return;
    await this.take('hold', () => post('hold', this.words(seats)), seats);
  }

  async best() {
    if (this.busy) return;
    if (this.phase === 'held') {
      notice.show('You hold seats already. Confirm them or give them back first.');
      return;
    }
    const wish = {showId: this.hall.id, holdToken: holdToken(), quantity: Number($('best-quantity').value), requestKey: random()};
    if ($('best-category').value) wish.category = $('best-category').value;
    if ($('best-accessible').checked) wish.accessible = true;
    await this.take('best', () => post('best-available', wish), []);
    if (this.phase === 'held') this.hall.seats.get(this.order.seats[0]).box.scrollIntoView({block: 'center', inline: 'center'});
  }

  /** Sends what holds seats, and takes its answer. */
  async take(what, send, seats) {
    this.working(what);
    notice.hide();
    const answer = await insist(send, 'Your choice is kept.');
    this.working('');
    if (!answer) this.giveUp(seats);
    else if (answer.ok) this.held(answer.body);
    else this.refused(answer);
    this.render();
    this.handOver();
  }

  /** An answer may come after the person left: if they are back, it is to a desk that knows nothing of it. */
  handOver() {
    const {desk} = page;
    if (!this.ended || desk?.name !== this.name || desk.busy || desk.phase !== 'choosing') return;
    desk.restore();
    desk.plan.paintAll();
    desk.render();
  }

  /** Counted from the answer: when our time is over, it is over at the box office too, and its map tells who has the seats. */
  held(body) {
    const lasts = body.expiresInSeconds * 1000, now = Date.now();
    this.setHeld({phase: 'held', seats: body.seatNumbers, endsAt: now + lasts, lasts,
      atMost: now + 1000 * (body.mayLastSeconds ?? 0)});
    for (const label of body.seatNumbers) this.hall.seats.get(label).status = 'held';
    this.plan.paintAll();
    say(`Held for you: ${this.hall.places(body.seatNumbers)}. ${this.leftWords()} Confirm to book.`);
    this.live.refresh();
  }

  refused(answer) {
    for (const {seatNumber, reason} of answer.body.seats ?? []) {
      const seat = this.hall.seats.get(seatNumber);
      const status = {held: 'held', booked: 'booked', blocked: 'blocked'}[reason];
      if (!seat || !status) continue;
      seat.status = status;
      if (this.hall.chosen.delete(seatNumber)) this.gone.add(seatNumber);
      this.plan.paint(seat);
    }
    notice.show(refusal(answer, this.hall));
    this.live.refresh();
  }

  /** The person stopped it, or left. It may have arrived all the same: then it is given back, or lapses. */
  giveUp(seats) {
    if (seats.length) post('release', this.words(seats));
    if (!this.ended) say('Stopped. Your choice is still marked.');
  }

  async extend() {
    this.working('extend');
    const answer = await insist(() => post('extend', this.words(this.order.seats)), `Your seats are held until ${this.endWords()}.`);
    this.working('');
    if (answer?.ok) {
      const lasts = answer.body.expiresInSeconds * 1000;
      this.setHeld({...this.order, endsAt: Date.now() + lasts, lasts: Math.max(this.order.lasts, lasts)});
      notice.hide();
      say(`Your seats are held until ${this.endWords()}.`);
    } else if (answer?.status === 410) {
      this.lapse();
    } else if (answer) {
      this.order.atMost = 0;
      kept.write(this.name, this.order);
      notice.show(`The time cannot be lengthened. Your seats are held until ${this.endWords()}: confirm before then.`);
    }
    this.render();
  }

  async release(seats) {
    this.working('release');
    notice.hide();
    const answer = await insist(() => post('release', this.words(seats)), `At the latest they are free again at ${this.endWords()}.`);
    this.working('');
    if (!answer) return this.render();
    if (answer.ok || answer.status === 410) {
      const left = this.order.seats.filter((label) => !seats.includes(label));
      const order = this.order;
      this.setChoosing();
      if (left.length) this.setHeld({...order, seats: left});
      for (const label of seats) this.hall.seats.get(label).status = 'available';
      this.plan.paintAll();
      say(`Given back: ${this.hall.places(seats)}.`);
      this.live.refresh();
    } else {
      notice.show(refusal(answer, this.hall));
    }
    this.render();
  }

  // -- booking

  async confirm() {
    this.working('confirm');
    notice.hide();
    this.order.phase = 'confirming';
    kept.write(this.name, this.order); // a reload asks again
    const answer = await insist(() => post('confirm', this.words(this.order.seats)),
      'Your seats are kept, and asking again is safe: they are never booked twice. Please leave this page open.', {mayStop: false});
    this.working('');
    if (!answer) return; // they left: whoever comes back asks again
    if (answer.ok) this.booked(answer.body);
    else if (answer.status === 410) this.lapse();
    else if (answer.code === 'held_by_another' || answer.code === 'seats_sold') await this.lost(answer);
    else {
      this.order.phase = 'held';
      kept.write(this.name, this.order);
      notice.show(refusal(answer, this.hall));
    }
    this.render();
  }

  booked(body) {
    const {hall} = this;
    for (const id of new Set(body.bookings.map((one) => one.bookingId))) {
      this.ticket = {bookingId: id, showId: hall.id, title: hall.title, startTime: hall.startTime,
        seats: body.bookings.filter((one) => one.bookingId === id).map((one) => one.seatNumber)};
      tickets.put(this.ticket);
    }
    this.setChoosing();
    this.since = performance.now();
    for (const {seatNumber} of body.bookings) {
      hall.seats.get(seatNumber).status = 'booked';
      hall.mine.set(seatNumber, 'booked');
    }
    this.phase = 'booked';
    this.already = body.alreadyBooked;
    this.plan.paintAll();
    notice.hide();
    say(`${this.already ? 'Already booked' : 'Booked'}: ${hall.places(body.seatNumbers)}.`);
    this.live.refresh();
  }

  /** Others have the seats: only where our hold was lost on the way. */
  async lost(answer) {
    const text = refusal(answer, this.hall);
    this.setChoosing();
    this.live.refresh();
    this.plan.paintAll();
    if (this.ended) return;
    this.render();
    await ask({title: 'These seats are gone', text, actions: [['close', 'Choose other seats', 'primary']]});
  }

  more() {
    this.phase = 'choosing';
    this.ticket = null;
    notice.hide();
    this.render();
  }

  async cancel() {
    const {ticket, hall} = this;
    const answered = await ask({title: 'Give this booking back?', text: 'The seats become free for everybody at once. This cannot be undone.',
      seats: ticket.seats.length > 1 ? ticket.seats.map((label) => [label, hall.seats.get(label)?.place ?? label]) : [],
      actions: [['cancel', 'Cancel the booking', 'danger'], ['keep', 'Keep it']]});
    if (answered !== 'cancel') return;
    const seats = ticket.seats.length > 1 ? dialogSeats() : ticket.seats;
    if (!seats.length) return;
    const wish = {bookingId: ticket.bookingId};
    if (seats.length < ticket.seats.length) wish.seatNumber = seats;
    this.working('cancel');
    const answer = await insist(() => post('cancel', wish), 'Until then the booking stands.');
    this.working('');
    if (answer?.ok) this.cancelled(seats);
    else if (answer?.code === 'booking_not_found') this.check(ticket);
    else if (answer) notice.show(refusal(answer, hall));
    this.render();
  }

  cancelled(seats) {
    const {hall} = this;
    const left = this.ticket.seats.filter((label) => !seats.includes(label));
    tickets.put({...this.ticket, seats: left});
    for (const label of seats) {
      hall.mine.delete(label);
      hall.seats.get(label).status = 'available';
    }
    this.ticket = left.length ? {...this.ticket, seats: left} : null;
    this.phase = this.ticket ? 'booked' : 'choosing';
    this.plan.paintAll();
    notice.show(`Cancelled: ${hall.places(seats)}.`, {kind: 'good', alarm: false});
    say(`Cancelled: ${hall.places(seats)}.`);
    this.live.refresh();
  }

  // -- time

  left() { return this.order.endsAt - Date.now(); }

  /** Longer than it lasts by now, by more than what a clock may be wrong. */
  mayExtend() { return this.order.atMost > this.order.endsAt + 2000; }

  leftWords() {
    const seconds = Math.max(0, Math.round(this.left() / 1000));
    return seconds >= 90 ? `You have ${count(Math.floor(seconds / 60), 'minute')}.` : `You have ${count(seconds, 'second')}.`;
  }

  endWords() { return when(this.order.endsAt, {hour: '2-digit', minute: '2-digit'}); }

  tick() {
    if (this.phase !== 'held') return;
    const left = this.left();
    const text = clock(left);
    if ($('count-text').textContent !== text) $('count-text').textContent = text;
    $('count-bar').firstElementChild.style.width = `${Math.max(0, Math.min(1, left / this.order.lasts)) * 100}%`;
    $('order').classList.toggle('hurry', left <= WARNINGS[0] * 1000);
    if (this.busy) return; // a request under way decides
    if (left <= 0) {
      this.lapse();
      return;
    }
    const due = WARNINGS.findLast((seconds) => left <= seconds * 1000);
    if (due !== undefined && due < this.warned) {
      this.warned = due;
      this.warn();
    }
  }

  async warn() {
    const text = `${this.leftWords().replace('You have', 'Your seats are held for')} After that they are free for everybody.`;
    if (!this.mayExtend()) {
      notice.show(`${text} Confirm now to book them.`, {kind: 'wait'});
      return;
    }
    say(text, 'alarm');
    if ($('dialog').open) return;
    const answered = await ask({title: 'Do you need more time?', text, actions: [['extend', 'Keep them for longer', 'primary'], ['', 'No, go on']]});
    if (answered === 'extend' && this.phase === 'held' && !this.busy) this.extend();
  }

  async lapse() {
    const {seats} = this.order;
    this.setChoosing();
    if ($('dialog').open) $('dialog').close();
    notice.hide();
    await this.live?.refresh();
    if (this.ended) return;
    this.plan.paintAll();
    this.render();
    const again = seats.every((label) => this.hall.seats.get(label).status === 'available');
    const answered = await ask({title: 'The time is over',
      text: `${this.hall.places(seats)}: no longer held for you, and nothing was booked. ${again ? 'You can try to hold the same seats again.' : 'Somebody else has taken them; choose other seats.'}`,
      actions: [...(again ? [['again', 'Hold them again', 'primary']] : []), ['', 'Choose other seats', again ? 'plain' : 'primary']]});
    if (answered === 'again') this.hold(seats);
  }

  // -- what it looks like

  working(what) {
    this.busy = what;
    this.render();
  }

  offerBest() {
    $('best').hidden = false;
    $('best-quantity').replaceChildren(...Array.from({length: 10}, (_, i) => make('option', {value: i + 1, textContent: i + 1, selected: i === 1})));
    const names = [...this.hall.categories.values()];
    $('best-category-field').hidden = names.length < 2;
    $('best-category').replaceChildren(make('option', {value: '', textContent: 'any price'}), ...names.map((one) =>
      make('option', {value: one.name, textContent: one.price >= 0 ? `${one.name}, ${money(one.price, one.currency)}` : one.name})));
    $('best-accessible-field').hidden = ![...this.hall.seats.values()].some((seat) => seat.accessible);
    $('best-accessible').checked = false;
  }

  render() {
    if (this.ended) return; // an answer that came late: what is kept is right, the page is another's
    const {hall, phase, busy} = this, order = $('order');
    const inside = order.contains(document.activeElement);
    order.dataset.phase = phase;
    order.setAttribute('aria-busy', String(Boolean(busy)));
    const title = {choosing: 'Your seats', held: 'Held for you', booked: this.already ? 'Already booked' : 'Booked'}[phase];
    if ($('order-title').textContent !== title) $('order-title').textContent = title;
    this.renderText();
    this.renderSeats();
    $('count').hidden = $('count-bar').hidden = phase !== 'held';
    order.classList.toggle('hurry', phase === 'held' && this.left() <= WARNINGS[0] * 1000);
    const n = hall.chosen.size;
    this.button('do-hold', phase === 'choosing', busy === 'hold' ? 'Holding …' : n ? `Hold ${count(n, 'seat')}` : 'Hold seats', !n);
    this.button('do-confirm', phase === 'held', busy === 'confirm' ? 'Booking …' : 'Confirm booking');
    this.button('do-extend', phase === 'held' && this.mayExtend() && this.warned < Infinity, 'Keep for longer');
    this.button('do-release', phase === 'held', busy === 'release' ? 'Giving back …' : 'Give back');
    this.button('do-more', phase === 'booked', 'Book more seats');
    this.button('do-cancel', phase === 'booked' && Boolean(this.ticket?.bookingId), busy === 'cancel' ? 'Cancelling …' : 'Cancel booking');
    $('best-go').disabled = Boolean(busy);
    // A button that went away must not take the place of the keyboard with it.
    if (inside && (!order.contains(document.activeElement) || document.activeElement.checkVisibility?.() === false)) order.focus({preventScroll: true});
    this.tick();
  }

  button(name, shown, text, disabled = false) {
    const button = $(name);
    button.hidden = !shown;
    if (button.textContent !== text) button.textContent = text;
    button.disabled = disabled;
    if (this.busy) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }

  renderText() {
    const {phase, hall} = this;
    const text = {
      choosing: hall.chosen.size || this.gone.size ? 'Hold them, and you have some minutes to decide.' : 'Choose seats on the plan, or let us find the best ones.',
      held: `Yours until ${this.order ? this.endWords() : ''}. Confirm to book them.`,
      booked: this.already ? 'These seats were booked before, by you. Nothing was booked twice.' : 'Your seats are booked. Show the booking number at the door.',
    }[phase];
    if ($('order-text').textContent !== text) $('order-text').textContent = text;
    $('order-number').hidden = phase !== 'booked' || !this.ticket?.bookingId;
    if (!$('order-number').hidden) $('order-number').replaceChildren('Booking number ', make('code', {textContent: this.ticket.bookingId}));
  }

  /** Changes only what differs, so that the focus stays on a button whose seat stays. */
  renderSeats() {
    const {hall, phase} = this;
    const labels = phase === 'held' ? this.order.seats : phase === 'booked' ? this.ticket?.seats ?? [] : [...hall.chosen, ...this.gone];
    const shown = labels.filter((label) => hall.seats.has(label));
    const kind = phase === 'choosing' ? 'chosen' : phase;
    for (const [label, row] of this.rows) if (!shown.includes(label) || row.dataset.kind !== kind) this.dropRow(label);
    for (const label of shown) {
      if (!this.rows.has(label)) this.rows.set(label, this.chip(label, kind));
      const row = this.rows.get(label);
      row.classList.toggle('gone', this.gone.has(label));
      row.querySelector('.what').textContent = this.gone.has(label) ? 'taken by somebody else' : hall.price(hall.seats.get(label));
      if (row.parentNode !== $('order-seats')) $('order-seats').append(row);
    }
    $('order-seats').hidden = !shown.length;
    this.renderTotal(shown.filter((label) => !this.gone.has(label)));
  }

  dropRow(label) {
    this.rows.get(label).remove();
    this.rows.delete(label);
  }

  chip(label, kind) {
    const {hall} = this, seat = hall.seats.get(label);
    const row = make('li', {}, make('p', {}, make('span', {className: 'where', textContent: seat.place}), make('span', {className: 'what'})));
    row.dataset.kind = kind;
    if (kind !== 'booked') {
      const button = make('button', {type: 'button', className: 'square quiet'}, icon('close'));
      button.setAttribute('aria-label', kind === 'held' ? `Give back ${seat.place}` : `Take out ${seat.place}`);
      button.onclick = () => this.takeOut(label, kind);
      row.append(button);
    }
    return row;
  }

  takeOut(label, kind) {
    if (this.busy) return;
    if (kind === 'held') {
      this.release([label]);
    } else {
      this.gone.delete(label);
      if (this.hall.chosen.has(label)) this.toggle(this.hall.seats.get(label), false);
      else this.render();
    }
  }

  renderTotal(labels) {
    const prices = labels.map((label) => this.hall.category(this.hall.seats.get(label)));
    const whole = prices.length && prices.every((one) => one?.price >= 0 && one.currency === prices[0].currency);
    $('order-total').hidden = !whole;
    if (whole) $('order-total').replaceChildren('Total', make('strong', {textContent: money(prices.reduce((sum, one) => sum + one.price, 0), prices[0].currency)}));
  }
}

// ---- the pages --------------------------------------------------------------------------------------

/** The show on the page, if one is; `visit` tells whether an answer comes to the page that asked for it. */
const page = {visit: 0, plan: null, live: null, desk: null};

function showOnly(name) {
  for (const each of ['shows', 'missing', 'show']) $(each).hidden = each !== name;
  $('live').hidden = name !== 'show';
}

/** The focus goes where the new page begins; where it is the first one, the browser has put it there. */
function arrive(title) {
  if (page.visit > 1) $(title).focus({preventScroll: true});
  scrollTo(0, 0);
}

function showFree(hall) {
  const free = hall.free();
  $('show-free').textContent = free ? `${free} of ${hall.seats.size} seats free` : 'Sold out';
}

function showState(state, answer) {
  const words = {live: 'Live', asking: 'Up to date', lost: navigator.onLine ? 'Connecting again …' : 'Offline'}[state];
  if ($('live').dataset.state !== state && state === 'lost') {
    const text = `${trouble(answer)} The plan may be out of date; it follows again by itself.`;
    if ($('notice').hidden) notice.show(text, {kind: 'wait'});
    else say(text); // what is there already is more pressing
  } else if ($('live').dataset.state === 'lost' && state !== 'lost') {
    if (!notice.waiting && $('notice').dataset.kind === 'wait') notice.hide();
    say('The plan is up to date again.');
  }
  $('live').dataset.state = state;
  $('live-text').textContent = words;
}

function legend(hall) {
  const seats = [...hall.seats.values()];
  const entries = [['free', 'Free'], ['chosen', 'Your choice'], ['ours', 'Held for you'], ['booked', 'Booked by you'], ['held', 'Held by others'],
    ['sold', 'Sold'], ...(seats.some((seat) => seat.status === 'blocked') ? [['blocked', 'Not for sale']] : [])];
  $('legend').replaceChildren(...entries.map(([state, words]) => {
    const mark = make('span', {className: 'seat'});
    mark.dataset.state = state;
    mark.setAttribute('aria-hidden', 'true');
    return make('li', {}, mark, words);
  }));
  if (seats.some((seat) => seat.accessible)) $('legend').append(make('li', {}, icon('wheelchair'), 'Wheelchair space'));
}

function jumps(hall, plan) {
  const named = hall.sections.filter((section) => section.name);
  $('jumps').hidden = named.length < 2;
  $('jumps').replaceChildren(...named.map((section) => {
    const button = make('button', {type: 'button', className: 'quiet', textContent: section.name});
    button.onclick = () => plan.show(section);
    return button;
  }));
}

async function openShow(showId) {
  const {visit} = page;
  showOnly('show');
  $('show').setAttribute('aria-busy', 'true');
  const loaded = await insist(() => loadShow(showId), 'The show is loaded as soon as it can.', {mayStop: false});
  if (visit !== page.visit) return;
  $('show').removeAttribute('aria-busy');
  if (!loaded.ok) {
    showOnly('missing');
    $('missing-text').textContent = loaded.status === 500
      ? 'Something is wrong with this show. The box office has been told; please look in again later.' : 'It may be over, or the address may be mistyped.';
    arrive('missing-title');
    return;
  }
  const hall = new Hall(showId, loaded.show, loaded.body);
  document.title = `${hall.title} · Box office`;
  $('show-title').textContent = hall.title;
  $('show-when').textContent = when(hall.startTime);
  for (const {seatNumber, status} of loaded.body.seats) if (hall.seats.has(seatNumber)) hall.seats.get(seatNumber).status = status;
  showFree(hall);
  legend(hall);
  const desk = page.desk = new Desk(hall);
  const plan = page.plan = new Plan(hall, (seat, on) => desk.toggle(seat, on));
  const live = page.live = new Live(showId, {
    onMap: (map, asked) => {
      if (map.showETag === loaded.body.showETag) desk.update(map.seats.map((seat) => [seat.seatNumber, seat.status]), asked);
      else changed();
    },
    onSeats: (changes) => desk.update(changes.flatMap((change) => change.seats.map((label) => [label, change.status]))),
    onState: showState,
  });
  jumps(hall, plan);
  live.start(loaded.body, loaded.etag);
  desk.start(plan, live);
  arrive('show-title');
}

/** The show itself is another by now: its hall is drawn anew. What is held or booked stays. */
function changed() {
  go();
  notice.show('The plan of the hall was changed. This is the new one.', {kind: 'wait'});
}

/** The map and, where the box office has it, the layout: as one answer. */
async function loadShow(showId) {
  const [map, show] = await Promise.all([get(`status/${showId}`), get(`shows/${showId}`)]);
  if (map.ok && passing(show)) return show;
  return {...map, show: show.ok ? show.body : {}};
}

// -- the list

function card(show) {
  const id = show.showId, free = show.availableCount;
  const link = make('a', {href: `#${id}`, className: 'cardlink', textContent: show.movieTitle});
  const item = make('li', {className: 'card'}, make('h2', {}, link), make('p', {className: 'soft', textContent: when(show.startTime)}));
  if (free != null) {
    const meter = make('span', {className: 'meter'}, make('span'));
    meter.setAttribute('aria-hidden', 'true');
    meter.firstChild.style.width = `${100 * (1 - free / show.totalSeats)}%`;
    const words = free === 0 ? 'Sold out' : free < show.totalSeats / 10 ? `Last ${count(free, 'seat')}` : `${free} of ${show.totalSeats} seats free`;
    item.append(meter, make('p', {className: 'free', textContent: words}));
  }
  return item;
}

function ticketCard(ticket) {
  const link = make('a', {href: `#${ticket.showId}`, className: 'cardlink', textContent: ticket.title});
  return make('li', {className: 'card ticket'}, make('h3', {}, link), make('p', {className: 'soft', textContent: when(ticket.startTime)}),
    make('p', {className: 'free', textContent: `${count(ticket.seats.length, 'seat')}: ${ticket.seats.join(', ')}`}));
}

async function openList(more = '') {
  const {visit} = page;
  showOnly('shows');
  document.title = 'Box office';
  if (!more) arrive('shows-title');
  const mine = tickets.all();
  $('tickets').hidden = !mine.length;
  $('tickets-list').replaceChildren(...mine.map(ticketCard));
  $('shows-more').disabled = true;
  const answer = await insist(() => get(`shows${more}`), 'The list is loaded as soon as it can.', {mayStop: false});
  if (visit !== page.visit) return;
  $('shows-more').disabled = false;
  if (!answer.ok) {
    notice.show(refusal(answer));
    return;
  }
  const {shows, next} = answer.body;
  if (!more) $('shows-list').replaceChildren();
  $('shows-list').append(...shows.map(card));
  $('shows-empty').hidden = $('shows-list').children.length > 0;
  $('shows-more').hidden = !next;
  $('shows-more').onclick = () => openList(`?after=${encodeURIComponent(next)}`);
}

function go() {
  for (const part of ['plan', 'live', 'desk']) page[part]?.end();
  Object.assign(page, {visit: page.visit + 1, plan: null, live: null, desk: null});
  notice.leave();
  if ($('dialog').open) $('dialog').close();
  const name = location.hash.slice(1).toLowerCase();
  if (/^[0-9a-f]{24}$/.test(name)) openShow(name);
  else openList();
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => page.plan?.drawOverview());
window.addEventListener('hashchange', go);
$('skip-plan').onclick = (event) => {
  event.preventDefault();
  $('order').focus();
};
document.querySelector('body > .skip').onclick = (event) => {
  event.preventDefault();
  $('main').focus();
};
go();
