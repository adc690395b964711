/** A name beside the end of its curve. */
export interface Label {
  readonly key: string;
  /** Where it would stand best, in px from the top. */
  readonly at: number;
}

/**
 * Places for labels so that none touches another: each as near to its own height as the others allow.
 *
 * @param labels  n >= 0 labels; those behind the last that fits get no place
 * @param space   `gap`: least distance of two labels; `height`: the last place, both in px
 * @returns places in px by key, 0 to `height`
 */
export function labelPlaces(
  labels: readonly Label[],
  space: { readonly gap: number; readonly height: number },
): ReadonlyMap<string, number> {
  const room = Math.floor(space.height / space.gap) + 1;
  const sorted = labels.slice(0, room).sort((a, b) => a.at - b.at);
  const clusters: Cluster[] = [];
  for (const label of sorted) {
    clusters.push({ labels: [label], top: clamped(label.at, 1, space) });
    mergeTouching(clusters, space);
  }
  return new Map(
    clusters.flatMap((cluster) =>
      cluster.labels.map((label, index) => [label.key, cluster.top + index * space.gap] as const),
    ),
  );
}

interface Cluster {
  readonly labels: readonly Label[];
  readonly top: number;
}

type Space = { readonly gap: number; readonly height: number };

/** Joins the last two clusters for as long as they touch, around the mean of where their labels want to be. */
function mergeTouching(clusters: Cluster[], space: Space): void {
  for (;;) {
    const last = clusters.at(-1);
    const before = clusters.at(-2);
    if (last === undefined || before === undefined) return;
    if (before.top + before.labels.length * space.gap <= last.top) return;
    const labels = [...before.labels, ...last.labels];
    const centre = labels.reduce((sum, label) => sum + label.at, 0) / labels.length;
    const top = clamped(centre - ((labels.length - 1) * space.gap) / 2, labels.length, space);
    clusters.splice(-2, 2, { labels, top });
  }
}

function clamped(top: number, count: number, space: Space): number {
  return Math.max(0, Math.min(top, space.height - (count - 1) * space.gap));
}
