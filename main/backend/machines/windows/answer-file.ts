import type { WindowsAnswers } from '../../../contract/windows.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&apos;'); // prettier-ignore

/** Drive letters that a disc may get in the installer. */
const letters = [...'DEFGHI'];
/** Folders of the virtio-win disc that the installer needs: disk, SCSI and network (virtio-win's own layout). */
const driverFolders = ['viostor', 'vioscsi', 'NetKVM'];

const component = (name: string, body: string): string =>
  `    <component name="${name}" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">\n${body}\n    </component>`;

function drivers(): string {
  const paths = letters.flatMap((letter) => driverFolders.map((folder) => `${letter}:\\${folder}\\w11\\amd64`));
  return component(
    'Microsoft-Windows-PnpCustomizationsWinPE',
    `      <DriverPaths>\n${paths.map((path, at) => `        <PathAndCredentials wcm:action="add" wcm:keyValue="${at + 1}"><Path>${path}</Path></PathAndCredentials>`).join('\n')}\n      </DriverPaths>`,
  );
}

/** EFI system partition, the reserved one, and Windows on the rest of the first disk. */
const partitions = `        <Disk wcm:action="add">
          <DiskID>0</DiskID>
          <WillWipeDisk>true</WillWipeDisk>
          <CreatePartitions>
            <CreatePartition wcm:action="add"><Order>1</Order><Type>EFI</Type><Size>300</Size></CreatePartition>
            <CreatePartition wcm:action="add"><Order>2</Order><Type>MSR</Type><Size>16</Size></CreatePartition>
            <CreatePartition wcm:action="add"><Order>3</Order><Type>Primary</Type><Extend>true</Extend></CreatePartition>
          </CreatePartitions>
          <ModifyPartitions>
            <ModifyPartition wcm:action="add"><Order>1</Order><PartitionID>1</PartitionID><Format>FAT32</Format><Label>System</Label></ModifyPartition>
            <ModifyPartition wcm:action="add"><Order>2</Order><PartitionID>2</PartitionID></ModifyPartition>
            <ModifyPartition wcm:action="add"><Order>3</Order><PartitionID>3</PartitionID><Format>NTFS</Format><Label>Windows</Label><Letter>C</Letter></ModifyPartition>
          </ModifyPartitions>
        </Disk>`;

const password = (value: string, indent: string): string =>
  `${indent}<Value>${escaped(value)}</Value>\n${indent}<PlainText>true</PlainText>`;

/**
 * Autounattend.xml for Windows 11 (Microsoft's "Unattended Windows Setup Reference"): language, disk, edition, one local
 * administrator, and none of the first questions. Every value is escaped. Pure. Never run against a real installer here.
 */
export function answerFile(answers: WindowsAnswers, options: { computerName: string; driverDisc: boolean }): string {
  const { user, language, edition, productKey, timeZone } = answers;
  const locale = escaped(language);
  const international = (name: string, setup: boolean): string =>
    component(
      name,
      [
        ...(setup ? [`      <SetupUILanguage><UILanguage>${locale}</UILanguage></SetupUILanguage>`] : []),
        ...['InputLocale', 'SystemLocale', 'UILanguage', 'UserLocale'].map((tag) => `      <${tag}>${locale}</${tag}>`),
      ].join('\n'),
    );
  const install = [
    ...(edition === undefined
      ? []
      : [`          <InstallFrom><MetaData wcm:action="add"><Key>/IMAGE/NAME</Key><Value>${escaped(edition)}</Value></MetaData></InstallFrom>`]),
    '          <InstallTo><DiskID>0</DiskID><PartitionID>3</PartitionID></InstallTo>',
  ]; // prettier-ignore
  const setup = component(
    'Microsoft-Windows-Setup',
    [
      `      <DiskConfiguration>\n${partitions}\n      </DiskConfiguration>`,
      `      <ImageInstall>\n        <OSImage>\n${install.join('\n')}\n        </OSImage>\n      </ImageInstall>`,
      '      <UserData>',
      '        <AcceptEula>true</AcceptEula>',
      ...(productKey === undefined
        ? []
        : [`        <ProductKey><Key>${escaped(productKey)}</Key><WillShowUI>OnError</WillShowUI></ProductKey>`]),
      `        <FullName>${escaped(user)}</FullName>`,
      '      </UserData>',
    ].join('\n'),
  );
  const shell = component(
    'Microsoft-Windows-Shell-Setup',
    [
      // NetBIOS: 15 characters at most.
      `      <ComputerName>${escaped(options.computerName.slice(0, 15).replace(/-+$/, ''))}</ComputerName>`,
      `      <TimeZone>${escaped(timeZone)}</TimeZone>`,
    ].join('\n'),
  );
  // The clock of the machine runs at UTC, as KubeVirt's preference has it; Windows takes it for local time unless told.
  const clock = component(
    'Microsoft-Windows-Deployment',
    '      <RunSynchronous>\n        <RunSynchronousCommand wcm:action="add"><Order>1</Order><Path>reg.exe add HKLM\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation /v RealTimeIsUniversal /t REG_DWORD /d 1 /f</Path></RunSynchronousCommand>\n      </RunSynchronous>',
  );
  const firstStart = component(
    'Microsoft-Windows-Shell-Setup',
    `      <OOBE>
        <HideEULAPage>true</HideEULAPage>
        <HideOnlineAccountScreens>true</HideOnlineAccountScreens>
        <HideWirelessSetupInOOBE>true</HideWirelessSetupInOOBE>
        <ProtectYourPC>3</ProtectYourPC>
      </OOBE>
      <UserAccounts>
        <LocalAccounts>
          <LocalAccount wcm:action="add">
            <Name>${escaped(user)}</Name>
            <Group>Administrators</Group>
            <Password>
${password(answers.password, '              ')}
            </Password>
          </LocalAccount>
        </LocalAccounts>
      </UserAccounts>`,
  );
  const pass = (name: string, ...components: string[]): string =>
    `  <settings pass="${name}">\n${components.join('\n')}\n  </settings>`;
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<unattend xmlns="urn:schemas-microsoft-com:unattend" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">',
    pass('windowsPE', international('Microsoft-Windows-International-Core-WinPE', true), ...(options.driverDisc ? [drivers()] : []), setup),
    pass('specialize', shell, clock),
    pass('oobeSystem', international('Microsoft-Windows-International-Core', false), firstStart),
    '</unattend>',
    '',
  ].join('\n'); // prettier-ignore
}
