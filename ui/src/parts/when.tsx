import { useEffect, useState } from 'react';
import { fullTime, inTime } from './time.ts';

/** A moment, as one says it; the exact time is in its title. */
export function When({ at, none = 'never' }: { readonly at: string | null | undefined; readonly none?: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <>{none}</>;
  return (
    <time dateTime={at} title={fullTime(at)}>
      {inTime(Date.parse(at) - Math.max(now, Date.now() - 30_000))}
    </time>
  );
}
