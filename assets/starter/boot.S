# Boot loader of the starter image for BIOS machines: MBR (sector 0) and its second stage (sectors 1..7) in one flat
# binary, 4096 bytes. It loads one Linux kernel and one initrd, whose places on the disk the image builder writes into
# the block at `params`, and starts the kernel by the x86 boot protocol (Documentation/arch/x86/boot.rst).
# It also says on the first serial port that it runs, so a machine shows a sign of life long before the kernel prints.
# Build: as --32 boot.S -o boot.o && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o boot.raw boot.o
        .intel_syntax noprefix
        .code16
        .globl _start
_start:
        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        cld
        mov [drive], dl
        mov si, offset first_packet
        mov ah, 0x42
        int 0x13
        jc mbr_failed
        jmp second_stage
mbr_failed:
        mov si, offset text_disk
        call say
        jmp halt

# Prints the text at SI on the screen and on COM1.
say:
        lodsb
        test al, al
        jz said
        push si
        push ax
        mov ah, 0x0e
        mov bx, 7
        int 0x10
        mov dx, 0x3fd
        mov cx, 0x4000
wait_uart:
        in al, dx
        test al, 0x20
        jnz uart_ready
        loop wait_uart
uart_ready:
        pop ax
        mov dx, 0x3f8
        out dx, al
        pop si
        jmp say
said:
        ret
halt:
        hlt
        jmp halt

text_disk:   .asciz "The disk cannot be read.\r\n"
drive:       .byte 0
        .balign 4
first_packet:
        .byte 16, 0
        .word 7
        .word 0x7e00, 0
        .quad 1
        .org _start + 446
        .space 64
        .word 0xaa55

# Sector 1: what the image builder fills in (all little-endian).
params:
        .ascii "HEARTHBL"
setup_lba:      .long 0
setup_sectors:  .long 0
kernel_lba:     .long 0
kernel_sectors: .long 0
initrd_lba:     .long 0
initrd_sectors: .long 0
initrd_bytes:   .long 0
        .org params + 0x40
command_line:
        .org params + 0x200

second_stage:
        mov dx, 0x3fb           # COM1: 115200 8N1
        mov al, 0x80
        out dx, al
        mov dx, 0x3f8
        mov al, 1
        out dx, al
        inc dx
        xor al, al
        out dx, al
        mov dx, 0x3fb
        mov al, 3
        out dx, al
        mov si, offset text_hello
        call say

        # The kernel's real-mode part to 0x10000.
        mov eax, [setup_lba]
        mov ecx, [setup_sectors]
        mov edi, 0x10000
        call load
        # Its protected-mode part to 1 MiB.
        mov eax, [kernel_lba]
        mov ecx, [kernel_sectors]
        mov edi, 0x100000
        call load

        # Top of memory below 3 GiB (INT 15h E801: DX = 64 KiB blocks above 16 MiB), at most 768 MiB.
        xor ecx, ecx
        xor edx, edx
        mov ax, 0xe801
        int 0x15
        jc memory_failed
        test dx, dx
        jnz have_blocks
        mov dx, bx
have_blocks:
        movzx edx, dx
        shl edx, 16
        add edx, 0x1000000
        cmp edx, 0x30000000
        jbe top_known
        mov edx, 0x30000000
top_known:
        mov eax, [initrd_sectors]
        shl eax, 9
        sub edx, eax
        and edx, 0xfffff000
        mov [initrd_address], edx
        mov eax, [initrd_lba]
        mov ecx, [initrd_sectors]
        mov edi, edx
        call load

        # Fill the setup header and go.
        mov ax, 0x1000
        mov es, ax
        mov byte ptr es:[0x210], 0xff
        or byte ptr es:[0x211], 0x80
        mov word ptr es:[0x224], 0xde00
        mov word ptr es:[0x1fa], 0xffff
        mov eax, [initrd_address]
        mov es:[0x218], eax
        mov eax, [initrd_bytes]
        mov es:[0x21c], eax
        mov dword ptr es:[0x228], 0x1e000
        mov si, offset command_line
        mov di, 0xe000
        mov cx, 0x1c0
        rep movsb
        cli
        mov ax, 0x1000
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov sp, 0xe000
        .byte 0xea              # far jump to the kernel's setup code
        .word 0x0000, 0x1020
memory_failed:
        mov si, offset text_memory
        call say
        jmp halt

# Loads ECX sectors from EAX to the linear address EDI, 32 KiB at a time through 0x20000.
load:
        test ecx, ecx
        jz loaded
        mov [packet_lba], eax
        mov ebx, 64
        cmp ecx, ebx
        jae full_piece
        mov ebx, ecx
full_piece:
        mov [packet_count], bx
        pushad
        mov dl, [drive]
        mov si, offset packet
        mov ah, 0x42
        int 0x13
        jc load_failed
        popad
        pushad
        # Segment limits of 4 GiB; the BIOS may have put 64 KiB back, so for each piece anew.
        cli
        lgdt [gdt_pointer]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp in_protected
in_protected:
        mov dx, 8
        mov ds, dx
        mov es, dx
        and al, 0xfe
        mov cr0, eax
        jmp in_real
in_real:
        xor dx, dx
        mov ds, dx
        mov es, dx
        mov esi, 0x20000
        mov ecx, ebx
        shl ecx, 7
        .byte 0x67
        rep movsd
        sti
        popad
        add eax, ebx
        sub ecx, ebx
        shl ebx, 9
        add edi, ebx
        jmp load
loaded:
        ret
load_failed:
        mov si, offset text_disk
        call say
        jmp halt

text_hello:  .asciz "Hearth starter: loading Linux ...\r\n"
text_memory: .asciz "The memory size cannot be told.\r\n"
        .balign 8
gdt:
        .quad 0
        .quad 0x00cf92000000ffff
gdt_pointer:
        .word 15
        .long gdt
initrd_address: .long 0
        .balign 4
packet:
        .byte 16, 0
packet_count:
        .word 0
        .word 0, 0x2000
packet_lba:
        .long 0, 0
        .org _start + 4096
