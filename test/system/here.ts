/** What all of these tests need of the machine. */
import { missing } from '../cli/requirements.ts';

/** For `skip`: why they cannot run here, or false. */
export const unable: string | false = missing(['root', 'netns', 'tracing', 'reasons']);
