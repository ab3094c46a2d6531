// Which reminders a contract is due, and which of those passed before anybody could have sent them.

export interface ContractDays {
  /** Days from today to the end, in the client's days. */
  readonly daysLeft: number;
  /** The same on the day when this end became known: the contract was created, imported or moved. */
  readonly daysLeftWhenKnown: number;
  /** Thresholds that the ledger has already. */
  readonly recorded: readonly number[];
}

export type SkipCode = 'passed_before_known' | 'added_later';

export interface DueReminder {
  readonly daysBefore: number;
  /** Set when it is recorded, and not sent. */
  readonly skip?: SkipCode;
}

/**
 * The thresholds that are due and not yet recorded. A host that was down sends every threshold it missed. A contract that became known
 * late gets one of the thresholds that had passed by then, the nearest: imported 20 days before its end, it gets the one for 30 days
 * and none for 60 and 90. The same for a threshold that a plugin brings after a nearer one was recorded.
 */
export function dueReminders(daysBefore: readonly number[], contract: ContractDays): DueReminder[] {
  const { daysLeft, daysLeftWhenKnown, recorded } = contract;
  if (daysLeft < 0) return [];
  const nearestWhenKnown = Math.min(...daysBefore.filter((days) => days >= daysLeftWhenKnown));
  const nearestRecorded = Math.min(...recorded);
  return [...new Set(daysBefore)]
    .filter((days) => days >= daysLeft && !recorded.includes(days))
    .toSorted((a, b) => b - a)
    .map((days) => {
      if (days > nearestRecorded) return { daysBefore: days, skip: 'added_later' as const };
      if (days > nearestWhenKnown) return { daysBefore: days, skip: 'passed_before_known' as const };
      return { daysBefore: days };
    });
}
