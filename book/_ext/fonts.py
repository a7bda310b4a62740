"""The faces of the book, cut to the signs that a course needs: `make fonts` fetches them from npm and writes them anew.

Source Sans, made by Adobe for screens, with its monospaced sister. Pages and pictures use the same files. They are in
the repository, so that neither a reader nor a build needs npm; who wants another sign adds it to SIGNS. The license
reserves the name "Source" for the whole faces, so what is cut has names of its own.
"""

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parents[2] / "nnlib" / "lab" / "fonts"
# package → its file → family and style here
FACES = {
    "source-sans@3.52.0": {
        "SourceSans3-Regular": ("Course Sans", "Regular"),
        "SourceSans3-It": ("Course Sans", "Italic"),
        "SourceSans3-Semibold": ("Course Sans", "Bold"),
    },
    "source-code-pro@2.42.0": {"SourceCodePro-Regular": ("Course Code", "Regular")},
}
FAMILY, STYLE, UNIQUE, FULL, POSTSCRIPT = 1, 2, 3, 4, 6  # what the OpenType format calls names 1 to 4 and 6
OTHER_NAMES = (16, 17, 18, 20, 21, 22, 25)
# Latin with its accents, Greek, what stands above, below and behind a letter, dashes and quotes, fractions, arrows,
# operators, simple shapes, a check mark and a cross.
SIGNS = (
    "0020-007E,00A0-017F,02B0-02FF,0300-0304,0370-03FF,1D2C-1D6A,1DBB,1E21,2000-209F,20AC,2100-215F,2190-21FF,2200-23FF,"
    "25A0-25FF,2713,2717"
)


def file_of(family: str, style: str) -> Path:
    """Where a face is kept."""
    return FOLDER / f"{family.replace(' ', '')}-{style}.ttf"


def cut(data: bytes, family: str, style: str) -> None:
    """Write a font with SIGNS only, under its name here, without the hints that screens of today ignore."""
    options = subset.Options(hinting=False, layout_features=["kern", "mark", "ccmp", "locl"], name_IDs=["*"])
    options.drop_tables += ["DSIG"]
    with TTFont(io.BytesIO(data)) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=subset.parse_unicodes(SIGNS))
        cutter.subset(font)
        full = f"{family} {style}"
        names = {FAMILY: family, STYLE: style, UNIQUE: full, FULL: full, POSTSCRIPT: file_of(family, style).stem}
        for record in list(font["name"].names):
            if record.nameID in OTHER_NAMES:
                font["name"].removeNames(nameID=record.nameID)
            elif record.nameID in names:
                record.string = names[record.nameID]
        if style == "Bold":  # by the style's usual number, or Matplotlib says that it lacks the weight
            font["OS/2"].usWeightClass = 700
        subset.save_font(font, str(file_of(family, style)), options)


def main() -> None:
    """Write the faces and their license."""

    def read(name):
        file = archive.extractfile(f"package/{name}")
        assert file is not None, f"{package} has no {name}"
        return file.read()

    FOLDER.mkdir(exist_ok=True)
    licenses = []
    for package, names in FACES.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
                for name, (family, style) in names.items():
                    cut(read(f"TTF/{name}.ttf"), family, style)
                    print(f"{family} {style}: {file_of(family, style).stat().st_size:,} bytes")
                licenses.append(read("LICENSE.md").decode("utf-8").replace("\r\n", "\n").strip())
    (FOLDER / "OFL.txt").write_text("\n\n".join(dict.fromkeys(licenses)) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
