import { Button } from '@mantine/core';
import IconDownload from '@tabler/icons-react/icons/IconDownload';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { downloadCsv } from '../../results/download.ts';

interface DownloadButtonProps {
  readonly path: string;
  readonly body: unknown;
  /** Of the file. */
  readonly name: string;
}

export function DownloadButton({ path, body, name }: DownloadButtonProps) {
  const current = useRef<AbortController>(null);
  const download = useMutation({
    mutationFn: () => {
      current.current = new AbortController();
      return downloadCsv(path, body, name, current.current.signal);
    },
  });
  const isCancelled = current.current?.signal.aborted === true;
  return (
    <>
      {download.isPending ? (
        <Button size="xs" variant="default" onClick={() => current.current?.abort()}>
          Cancel the download
        </Button>
      ) : (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => download.mutate()}
        >
          Download CSV
        </Button>
      )}
      {!isCancelled && <ProblemNotice error={download.error} />}
    </>
  );
}
