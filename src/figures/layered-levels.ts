// First step of a layered layout (Sugiyama, Tagawa & Toda 1981): each node gets a level, every arrow
// points down. A node stands below the longest way to it; what has room to move stands close to its users.

/** An arrow between nodes, by their numbers. */
export interface Link {
  readonly from: number;
  readonly to: number;
}

/** The level of each of `count` nodes, from 0 on. Throws where the arrows have a cycle. */
export function levelsOf(count: number, links: readonly Link[]): number[] {
  const { makers, users } = neighbours(count, links);
  const order = topologicalOrder(makers, users);
  const levels = new Array<number>(count).fill(0);
  for (const node of order) levels[node] = Math.max(0, ...makers[node].map((maker) => levels[maker] + 1));
  for (const node of order.toReversed()) {
    if (users[node].length === 0) continue;
    const lowest = Math.min(...users[node].map((user) => levels[user])) - 1;
    // Moving down shortens the arrows to its users and lengthens
    // those from its makers, but for makers that can come along.
    const held = makers[node].filter((maker) => users[maker].length > 1);
    if (held.length <= users[node].length) levels[node] = lowest;
  }
  return levels;
}

/** Makers and users of each node, each once. */
function neighbours(count: number, links: readonly Link[]): { makers: number[][]; users: number[][] } {
  const empty = () => Array.from({ length: count }, () => new Set<number>());
  const [makers, users] = [empty(), empty()];
  for (const { from, to } of links) {
    users[from].add(to);
    makers[to].add(from);
  }
  const listed = (sets: readonly Set<number>[]) => sets.map((set) => [...set]);
  return { makers: listed(makers), users: listed(users) };
}

function topologicalOrder(makers: readonly (readonly number[])[], users: readonly (readonly number[])[]): number[] {
  const waiting = makers.map((list) => list.length);
  const order = [...waiting.keys()].filter((node) => waiting[node] === 0);
  for (const node of order) {
    for (const user of users[node]) if (--waiting[user] === 0) order.push(user);
  }
  if (order.length < makers.length) throw new RangeError("internal: a graph to draw has a cycle");
  return order;
}
