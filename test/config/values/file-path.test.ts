import { filePath } from '../../../src/config/values/file-path.ts';
import { reads, refuses } from './reads.ts';

reads(filePath, [['/etc/herald.yaml', '/etc/herald.yaml']]);
refuses(filePath, [['', 'missing', 'the name of a file']]);
