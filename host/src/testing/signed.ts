// A delivery as the vendor would send it: signed, or with the secret it shares with the host.
import { createHmac } from 'node:crypto';
import type { Delivery, Verification } from '../routes/index.ts';

export function signed(delivery: Delivery, verification: Verification, secret: string): Delivery {
  const withHeader = (name: string, value: string): Delivery => ({
    ...delivery,
    headers: { ...delivery.headers, [name.toLowerCase()]: value },
  });
  if (verification.type === 'hmac-sha256') {
    const signature = createHmac('sha256', secret).update(delivery.body).digest('hex');
    return withHeader(verification.header, `${verification.prefix ?? ''}${signature}`);
  }
  if (verification.in === 'header') return withHeader(verification.name, secret);
  const query = new URLSearchParams(delivery.query);
  query.set(verification.name, secret);
  return { ...delivery, query };
}
