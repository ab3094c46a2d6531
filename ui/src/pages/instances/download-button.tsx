import { Button, Text } from '@mantine/core';
import IconDownload from '@tabler/icons-react/icons/IconDownload';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { sizeText } from '../../files/arriving-file.ts';
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
  useEffect(() => () => current.current?.abort(), []);
  const [bytes, setBytes] = useState(0);
  const download = useMutation({
    mutationFn: () => {
      const { signal } = (current.current = new AbortController());
      setBytes(0);
      return downloadCsv({ path, body, name, signal, onProgress: setBytes });
    },
  });
  const isCancelled = current.current?.signal.aborted === true;
  return (
    <>
      {download.isPending ? (
        <>
          <Text size="sm" c="dimmed">
            {sizeText(bytes)} so far
          </Text>
          <Button size="xs" variant="default" onClick={() => current.current?.abort()}>
            Cancel the download
          </Button>
        </>
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
