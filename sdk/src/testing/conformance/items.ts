// What a plugin is graded by, in the order in which it is tried.

export const GRADES: readonly ['bronze', 'silver', 'gold'] = ['bronze', 'silver', 'gold'];
export type Grade = (typeof GRADES)[number];

export type ItemId =
  | 'manifest'
  | 'connects'
  | 'queries'
  | 'streams'
  | 'refuses-config'
  | 'same-rows'
  | 'resumes'
  | 'future-cursor'
  | 'previous-config'
  | 'busy'
  | 'failing'
  | 'hanging'
  | 'malformed'
  | 'stops'
  | 'egress';

/** Every item, with the grade that needs it and what it promises. */
export const ITEMS: Readonly<Record<ItemId, { readonly grade: Grade; readonly title: string }>> = {
  manifest: { grade: 'bronze', title: 'builds, and a host loads it' },
  connects: { grade: 'bronze', title: 'its check passes with a config that works' },
  queries: { grade: 'bronze', title: 'each query answers rows that fit its columns' },
  streams: { grade: 'bronze', title: 'each stream can be read from its beginning, with keys' },
  'refuses-config': { grade: 'silver', title: 'its check fails with wrong secrets, and where the vendor is not' },
  'same-rows': { grade: 'silver', title: 'two full reads of a stream give the same rows' },
  resumes: { grade: 'silver', title: 'a read from the saved cursor gives no older row again' },
  'future-cursor': { grade: 'silver', title: 'a cursor in the future gives no rows' },
  'previous-config': { grade: 'silver', title: 'configs of the version before are taken' },
  busy: { grade: 'gold', title: '429 is rate_limited' },
  failing: { grade: 'gold', title: '500 is the vendor’s error' },
  hanging: { grade: 'gold', title: 'a vendor that hangs is a timeout' },
  malformed: { grade: 'gold', title: 'an answer that makes no sense is the vendor’s' },
  stops: { grade: 'gold', title: 'what is cancelled ends within a second' },
  egress: { grade: 'gold', title: 'it asks nobody but the hosts that it declares' },
};
