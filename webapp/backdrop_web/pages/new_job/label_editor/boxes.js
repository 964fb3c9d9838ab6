/* Boxes as the service takes them: [left, top, width, height], shares of the photo. */
const LEAST = .01;

function limit(value, least, most) {
  return Math.min(most, Math.max(least, value));
}

function rounded(box) {
  const [left, top, width, height] = box.map((one) => Number(one.toFixed(5)));
  return [left, top, Math.min(width, Number((1 - left).toFixed(5))), Math.min(height, Number((1 - top).toFixed(5)))];
}

/* A box between two points, or null where that is hardly one. */
function boxBetween(start, end) {
  const [left, top] = [0, 1].map((side) => Math.min(start[side], end[side]));
  const [width, height] = [0, 1].map((side) => Math.abs(start[side] - end[side]));
  return width < LEAST || height < LEAST ? null : rounded([left, top, width, height]);
}

/* Moved, and kept inside the photo. */
function moveBox([left, top, width, height], [x, y]) {
  return rounded([limit(left + x, 0, 1 - width), limit(top + y, 0, 1 - height), width, height]);
}

/* With edges moved: -1 the left or upper one, 1 the right or lower one, 0 none. */
function sizeBox([left, top, width, height], [across, down], [x, y]) {
  const side = (from, long, which, by) => {
    if (which < 0) { const to = limit(from + by, 0, from + long - LEAST); return [to, from + long - to]; }
    return which > 0 ? [from, limit(long + by, LEAST, 1 - from)] : [from, long];
  };
  const [newLeft, newWidth] = side(left, width, across, x), [newTop, newHeight] = side(top, height, down, y);
  return rounded([newLeft, newTop, newWidth, newHeight]);
}

/* What a point takes hold of: of the box `on` first its edges, then the smallest box around the point; null: none. `reach`: how
near an edge counts, across and down, as shares. */
function findHold(labels, on, point, reach) {
  const grips = (box) => [0, 1].map((side) => {
    const from = box[side], long = box[side + 2], near = Math.min(reach[side], long / 3);
    if (Math.abs(point[side] - from) < near || (point[side] < from && from - point[side] < reach[side])) return -1;
    return Math.abs(point[side] - from - long) < near || (point[side] > from + long && point[side] - from - long < reach[side]) ? 1 : 0;
  });
  const within = (box, more) => [0, 1].every((side) => point[side] > box[side] - more[side] && point[side] < box[side] + box[side + 2] + more[side]);
  const held = on && labels[on[0]]?.boxes[on[1]];
  if (held && within(held, reach)) return { spot: on, edges: grips(held) };
  const around = labels.flatMap((label, at) => label.boxes.map((box, number) => ({ spot: [at, number], box })))
    .filter(({ box }) => within(box, [0, 0])).sort((one, other) => one.box[2] * one.box[3] - other.box[2] * other.box[3]);
  return around.length ? { spot: around[0].spot, edges: [0, 0] } : null;
}
