import { forConfig } from '@jackfield/sdk';
import { config } from '../config.ts';

/** `stream` of the SDK with this plugin's config. */
export const { stream } = forConfig(config);

/** What may reach a search or a feed late: Jira's index lags, its times may count to the minute, and clocks differ. */
export const OVERLAP_MS = 5 * 60_000;
